"""Sends the named calls with the vendor's Python SDK, 2020-04-01 API. Prints the names, one a line.

usage: api20200401.py HOST:PORT
"""

import sys

from alibabacloud_eventbridge20200401 import models as m
from alibabacloud_eventbridge20200401.client import Client
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils import Utils

Utils.get_timestamp = staticmethod(lambda: "2026-11-26T06:40:00Z")
Utils.get_nonce = staticmethod(lambda: "ffffffffffff4fffbfffffffffffffff")

PATTERN = '{"source":["demo.app"],"type":[{"prefix":"demo:"}]}'
URL = "https://hooks.example.com/eb?tenant=7"
BUS, RULE = "demo-bus", "rule-1"
OAUTH_HTTP = m.CreateConnectionRequestAuthParametersOAuthParametersOAuthHttpParameters
OAUTH_BODY = m.CreateConnectionRequestAuthParametersOAuthParametersOAuthHttpParametersBodyParameters
names = dict(event_bus_name=BUS, rule_name=RULE)


def event(id, data, subject="order/1"):
    return m.PutEventsRequestEventList(
        id=id, source="demo.app", type="demo:Order:Created", spec_version="1.0", subject=subject,
        time="2026-11-26T06:40:00.000Z", data_content_type="application/json", data=data)


def target(kind):
    """`kind` begins the names of the model classes."""
    of = lambda name: getattr(m, kind + name)
    parameter = of("ParamList")
    constant = lambda key, value: parameter(resource_key=key, form="CONSTANT", value=value)
    return of("")(
        id="https-1", type="acs.https", endpoint=URL, push_retry_strategy="BACKOFF_RETRY", errors_tolerance="ALL",
        dead_letter_queue=of("DeadLetterQueue")(arn="acs:mns:cn-hangzhou:123456789098:/queues/dlq"),
        concurrent_config=of("ConcurrentConfig")(concurrency=3),
        param_list=[constant("url", URL), parameter(resource_key="body", form="ORIGINAL"),
                    constant("Network", "PublicNetwork"), constant("token", "exampleTokenNotReal")])


def connection(name, **auth):
    return m.CreateConnectionRequest(
        connection_name=name, description="d",
        network_parameters=m.CreateConnectionRequestNetworkParameters(network_type="PublicNetwork"),
        auth_parameters=m.CreateConnectionRequestAuthParameters(**auth))


CALLS = [
    ("put-events-one", lambda c: c.put_events(m.PutEventsRequest(
        event_bus_name=BUS, event_list=[event("evt-1", '{"n":1}')]))),
    ("put-events-three", lambda c: c.put_events(m.PutEventsRequest(event_bus_name=BUS, event_list=[
        event("evt-1", '{"n":1}'), event("evt-2", "[1,2.50]"),
        event("evt-3", '{"名":"值 ✓ 😀"}', "主题")]))),
    ("put-events-minimal", lambda c: c.put_events(m.PutEventsRequest(event_bus_name=BUS, event_list=[
        m.PutEventsRequestEventList(id="evt-1", source="demo.app", type="t")]))),
    ("get-event-bus", lambda c: c.get_event_bus(m.GetEventBusRequest(event_bus_name=BUS))),
    ("list-event-buses", lambda c: c.list_event_buses(
        m.ListEventBusesRequest(name_prefix="demo", limit=100))),
    ("delete-event-bus", lambda c: c.delete_event_bus(m.DeleteEventBusRequest(event_bus_name=BUS))),
    ("create-event-bus", lambda c: c.create_event_bus(
        m.CreateEventBusRequest(event_bus_name=BUS, description="d ä"))),
    ("create-rule", lambda c: c.create_rule(m.CreateRuleRequest(
        description="beschreibung ä", status="ENABLE", filter_pattern=PATTERN,
        event_targets=[target("CreateRuleRequestEventTargets")], **names))),
    ("update-rule", lambda c: c.update_rule(m.UpdateRuleRequest(
        description="d", status="DISABLE", filter_pattern=PATTERN, **names))),
    ("get-rule-sts", lambda _: client(security_token="exampleSecurityTokenNotReal").get_rule(
        m.GetRuleRequest(**names))),
    ("list-rules", lambda c: c.list_rules(m.ListRulesRequest(
        event_bus_name=BUS, rule_name_prefix="r", limit=10, next_token="0"))),
    ("list-targets", lambda c: c.list_targets(m.ListTargetsRequest(limit=5, **names))),
    ("get-rule", lambda c: c.get_rule(m.GetRuleRequest(**names))),
    ("enable-rule", lambda c: c.enable_rule(m.EnableRuleRequest(**names))),
    ("disable-rule", lambda c: c.disable_rule(m.DisableRuleRequest(**names))),
    ("put-targets", lambda c: c.put_targets(m.PutTargetsRequest(
        targets=[target("PutTargetsRequestTargets")], **names))),
    ("delete-targets", lambda c: c.delete_targets(m.DeleteTargetsRequest(target_ids=["https-1", "x"], **names))),
    ("test-event-pattern", lambda c: c.test_event_pattern(m.TestEventPatternRequest(
        event='{"source":"demo.app"}', event_pattern=PATTERN))),
    ("create-api-destination", lambda c: c.create_api_destination(m.CreateApiDestinationRequest(
        api_destination_name="dest-1", connection_name="conn-1", description="d",
        http_api_parameters=m.CreateApiDestinationRequestHttpApiParameters(
            endpoint="https://api.example.com/x", method="POST")))),
    ("update-api-destination", lambda c: c.update_api_destination(m.UpdateApiDestinationRequest(
        api_destination_name="dest-1", connection_name="conn-1",
        http_api_parameters=m.UpdateApiDestinationRequestHttpApiParameters(
            endpoint="https://api.example.com/y", method="PUT")))),
    ("get-api-destination", lambda c: c.get_api_destination(
        m.GetApiDestinationRequest(api_destination_name="dest-1"))),
    ("delete-api-destination", lambda c: c.delete_api_destination(
        m.DeleteApiDestinationRequest(api_destination_name="dest-1"))),
    ("list-api-destinations", lambda c: c.list_api_destinations(m.ListApiDestinationsRequest(
        api_destination_name_prefix="d", connection_name="conn-1", max_results=10, next_token="0"))),
    ("create-connection-basic", lambda c: c.create_connection(connection(
        "c1", authorization_type="BASIC_AUTH",
        basic_auth_parameters=m.CreateConnectionRequestAuthParametersBasicAuthParameters(
            username="u", password="p ä")))),
    ("create-connection-api-key", lambda c: c.create_connection(connection(
        "c2", authorization_type="API_KEY_AUTH",
        api_key_auth_parameters=m.CreateConnectionRequestAuthParametersApiKeyAuthParameters(
            api_key_name="X-Key", api_key_value="v")))),
    ("create-connection-oauth", lambda c: c.create_connection(connection(
        "c3", authorization_type="OAUTH_AUTH",
        oauth_parameters=m.CreateConnectionRequestAuthParametersOAuthParameters(
            authorization_endpoint="https://auth.example.com/token", http_method="POST",
            client_parameters=m.CreateConnectionRequestAuthParametersOAuthParametersClientParameters(
                client_id="i", client_secret="s"),
            oauth_http_parameters=OAUTH_HTTP(
                body_parameters=[OAUTH_BODY(is_value_secret="false", key="grant_type", value="client_credentials")],
                header_parameters=[], query_string_parameters=[]))))),
    ("update-connection", lambda c: c.update_connection(m.UpdateConnectionRequest(
        connection_name="c1", description="d",
        network_parameters=m.UpdateConnectionRequestNetworkParameters(network_type="PublicNetwork"),
        auth_parameters=m.UpdateConnectionRequestAuthParameters(
            authorization_type="BASIC_AUTH",
            basic_auth_parameters=m.UpdateConnectionRequestAuthParametersBasicAuthParameters(
                username="u", password="p ä"))))),
    ("create-event-source-http", lambda c: c.create_event_source(m.CreateEventSourceRequest(
        description="d", event_bus_name=BUS, event_source_name="src-1", linked_external_source=True,
        source_http_event_parameters=m.CreateEventSourceRequestSourceHttpEventParameters(
            type="HTTP&HTTPS", method=["POST"], security_config="none")))),
    ("list-connections", lambda c: c.list_connections(m.ListConnectionsRequest(
        connection_name_prefix="c", max_results=10, next_token="0"))),
    ("get-connection", lambda c: c.get_connection(m.GetConnectionRequest(connection_name="c1"))),
    ("delete-connection", lambda c: c.delete_connection(m.DeleteConnectionRequest(connection_name="c1"))),
    ("delete-rule", lambda c: c.delete_rule(m.DeleteRuleRequest(**names))),
]



def client(**other):
    return Client(Config(access_key_id="LTAIexampleNotReal01", access_key_secret="exampleSecretNotReal0123456789",
                         endpoint=sys.argv[1], protocol="http", region_id="cn-hangzhou", **other))


usual = client()
for name, call in CALLS:
    try:
        call(usual)
    except Exception as error:  # The recorder's answer is of no interest.
        print(name, error, file=sys.stderr)
    print(name, flush=True)
