"""Goes through the 2020-04-01 API with the vendor's Python SDK. Ends with status 0 if all is as it should be.

usage: api20200401.py HOST:PORT URL TOKEN
"""

import sys

from alibabacloud_eventbridge20200401 import models as m
from alibabacloud_eventbridge20200401.client import Client
from alibabacloud_tea_openapi.models import Config

ENDPOINT, URL, TOKEN = sys.argv[1:4]
BUS, RULE = "api-bus", "api-rule"
PATTERN = '{"source":["demo.api"],"type":[{"prefix":"demo:"}]}'
names = dict(event_bus_name=BUS, rule_name=RULE)


def client(secret="local"):
    return Client(Config(access_key_id="local", access_key_secret=secret, endpoint=ENDPOINT, protocol="http",
                         region_id="cn-hangzhou"))


def target(kind, id="one"):
    """`kind` begins the names of the model classes."""
    of = lambda name: getattr(m, kind + name)
    parameter = of("ParamList")
    constant = lambda key, value: parameter(resource_key=key, form="CONSTANT", value=value)
    return of("")(
        id=id, type="http", endpoint=URL, push_retry_strategy="BACKOFF_RETRY", errors_tolerance="ALL",
        dead_letter_queue=of("DeadLetterQueue")(arn="acs:mns:cn-hangzhou:123456789098:/queues/dlq"),
        concurrent_config=of("ConcurrentConfig")(concurrency=3),
        param_list=[constant("url", URL), parameter(resource_key="Body", form="ORIGINAL"),
                    constant("Network", "PublicNetwork"), constant("Token", TOKEN)])


def event(id, data='{"n":1}'):
    return m.PutEventsRequestEventList(
        id=id, source="demo.api", type="demo:Order:Created", spec_version="1.0", subject="主题 + x",
        data_content_type="application/json", data=data)


def connection(name, **auth):
    return m.CreateConnectionRequest(
        connection_name=name, description="d",
        network_parameters=m.CreateConnectionRequestNetworkParameters(network_type="PublicNetwork"),
        auth_parameters=m.CreateConnectionRequestAuthParameters(**auth))


def ok(answer):
    assert answer.status_code == 200 and answer.body.code in ("Success", "200"), answer
    return answer.body


def fails(code, call):
    try:
        call()
    except Exception as error:
        assert error.code == code, (error.code, code)
        return
    raise AssertionError("no " + code)


c = client()
assert ok(c.create_event_bus(m.CreateEventBusRequest(event_bus_name=BUS, description="d ä"))).data.event_bus_arn
assert ok(c.get_event_bus(m.GetEventBusRequest(event_bus_name=BUS))).data.description == "d ä"
assert len(ok(c.list_event_buses(m.ListEventBusesRequest(name_prefix="api", limit=10))).data.event_buses) == 1
created = ok(c.create_rule(m.CreateRuleRequest(
    description="beschreibung ä", status="ENABLE", filter_pattern=PATTERN,
    event_targets=[target("CreateRuleRequestEventTargets")], **names)))
assert created.data.rule_arn.endswith(RULE)
put = ok(c.put_targets(m.PutTargetsRequest(
    targets=[target("PutTargetsRequestTargets"), target("PutTargetsRequestTargets", "two")], **names)))
assert put.data.error_entries_count == 0, put
assert len(ok(c.list_targets(m.ListTargetsRequest(limit=5, **names))).data.targets) == 2
gone = ok(c.delete_targets(m.DeleteTargetsRequest(target_ids=["two", "x"], **names)))
assert gone.data.error_entries_count == 1, gone
got = ok(c.get_rule(m.GetRuleRequest(**names))).data
assert got.targets[0].concurrent_config.concurrency == 3 and got.filter_pattern == PATTERN, got
assert ok(c.list_rules(m.ListRulesRequest(event_bus_name=BUS, limit=10))).data.total == 1
tested = ok(c.test_event_pattern(m.TestEventPatternRequest(
    event='{"source":"demo.api","type":"demo:x"}', event_pattern=PATTERN)))
assert tested.data.result is True

answer = ok(c.put_events(m.PutEventsRequest(
    event_bus_name=BUS, event_list=[event("a1"), event("a2", '{"名":"值 ✓ 😀"}')])))
assert answer.data.failed_entry_count == 0, answer

ok(c.disable_rule(m.DisableRuleRequest(**names)))
assert ok(c.get_rule(m.GetRuleRequest(**names))).data.status == "DISABLE"
ok(c.put_events(m.PutEventsRequest(event_bus_name=BUS, event_list=[event("disabled")])))
ok(c.enable_rule(m.EnableRuleRequest(**names)))
ok(c.update_rule(m.UpdateRuleRequest(description="d", filter_pattern=PATTERN, **names)))

ok(c.create_connection(connection("basic", authorization_type="BASIC_AUTH", basic_auth_parameters=(
    m.CreateConnectionRequestAuthParametersBasicAuthParameters(username="u", password="p ä+&=")))))
ok(c.create_connection(connection("key", authorization_type="API_KEY_AUTH", api_key_auth_parameters=(
    m.CreateConnectionRequestAuthParametersApiKeyAuthParameters(api_key_name="x-key", api_key_value="v")))))
assert len(ok(c.list_connections(m.ListConnectionsRequest(max_results=10, next_token="0"))).data.connections) == 2
got = ok(c.get_connection(m.GetConnectionRequest(connection_name="basic")))
assert got.data.connections[0].auth_parameters.authorization_type == "BASIC_AUTH", got
made = ok(c.create_api_destination(m.CreateApiDestinationRequest(
    api_destination_name="dest", connection_name="basic", description="d",
    http_api_parameters=m.CreateApiDestinationRequestHttpApiParameters(endpoint=URL, method="POST"))))
fails("ConnectionBoundApiDestination",
      lambda: c.delete_connection(m.DeleteConnectionRequest(connection_name="basic")))
got = ok(c.get_api_destination(m.GetApiDestinationRequest(api_destination_name="dest")))
assert got.data.http_api_parameters.endpoint == URL, got
assert len(ok(c.list_api_destinations(m.ListApiDestinationsRequest(max_results=10))).data.api_destinations) == 1
ok(c.update_api_destination(m.UpdateApiDestinationRequest(api_destination_name="dest", connection_name="key")))
ok(c.delete_api_destination(m.DeleteApiDestinationRequest(api_destination_name="dest")))
ok(c.delete_connection(m.DeleteConnectionRequest(connection_name="basic")))

fails("EventRuleNotExist", lambda: c.get_rule(m.GetRuleRequest(event_bus_name=BUS, rule_name="no")))
fails("SignatureDoesNotMatch", lambda: client("wrong").get_rule(m.GetRuleRequest(**names)))
print("done")
