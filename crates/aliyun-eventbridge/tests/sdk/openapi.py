"""Sends the named calls with the vendor's Python SDK, `openapi` protocol. Prints the names, one a line.

usage: openapi.py HOST:PORT
"""

import sys

from alibabacloud_eventbridge import models as m
from alibabacloud_eventbridge.client import Client
from alibabacloud_tea_util.client import Client as Util
from Tea.exceptions import TeaException

Util.get_date_utcstring = staticmethod(lambda: "Thu, 26 Nov 2026 06:40:00 GMT")
Util.get_nonce = staticmethod(lambda: "ffffffff-ffff-4fff-bfff-ffffffffffff")

LONG = '{"source":["demo.app"],"type":[{"prefix":"demo:"}],"data":{"n":[{"numeric":[">",0]}]}}'
URL = "https://hooks.example.com/eb?tenant=7"
BUS, RULE = "demo-bus", "rule-1"
names = dict(event_bus_name=BUS, rule_name=RULE)


def event(data=b'{"n":1,"t":"x"}', content_type="application/json", **other):
    members = dict(id="evt-1", source="demo.app", specversion="1.0", type="demo:Order:Created",
                   subject="order/1", time="2026-11-26T06:40:00.000Z",
                   extensions={"aliyuneventbusname": BUS})
    members.update(datacontenttype=content_type, data=data)
    members.update(other)
    return m.CloudEvent(**members)


def target():
    constant = lambda key, value: m.EBTargetParam(resource_key=key, form="CONSTANT", value=value)
    return m.TargetEntry(
        id="https-1", type="acs.https", endpoint=URL, push_retry_strategy="EXPONENTIAL_DECAY_RETRY",
        param_list=[
            constant("url", URL),
            m.EBTargetParam(resource_key="body", form="ORIGINAL"),
            constant("Network", "PublicNetwork"),
            constant("token", "exampleTokenNotReal"),
            m.EBTargetParam(resource_key="x", form="TEMPLATE", value='{"k":"$.data.k"}', template="k is ${k}"),
        ])


CALLS = [
    ("put-events-one", lambda c: c.put_events([event()])),
    ("put-events-three", lambda c: c.put_events([
        event(), event(b"[1,2.5,1000.0,null,true]", id="evt-2"), event(b'"text"', id="evt-3")])),
    ("put-events-bad-json", lambda c: c.put_events([event(b"test")])),
    ("put-events-binary", lambda c: c.put_events([
        event(b"\x00\x01\x02\xfe\xff\x0a", "application/octet-stream")])),
    ("put-events-text-plain", lambda c: c.put_events([event("hällo 你好".encode(), "text/plain")])),
    ("put-events-text-json", lambda c: c.put_events([event(content_type="text/json")])),
    ("put-events-empty-data", lambda c: c.put_events([event(b"")])),
    ("put-events-extensions", lambda c: c.put_events([event(extensions={
        "aliyuneventbusname": BUS, "tenant": "t1", "num": 7, "flag": True, "obj": {"a": [1]}})])),
    ("put-events-no-time", lambda c: c.put_events([event(time=None)])),
    ("put-events-time-vendor", lambda c: c.put_events([event(time="2020-08-24T13:54:05.965Asia/Shanghai")])),
    ("put-events-sts", lambda _: client(security_token="exampleSecurityTokenNotReal").put_events([event()])),
    ("put-events-region", lambda _: client(region_id="cn-hangzhou").put_events([event()])),
    ("get-event-bus", lambda c: c.get_event_bus(m.GetEventBusRequest(event_bus_name=BUS))),
    ("list-event-buses", lambda c: c.list_event_buses(
        m.ListEventBusesRequest(name_prefix="demo", limit=100))),
    ("delete-event-bus", lambda c: c.delete_event_bus(m.DeleteEventBusRequest(event_bus_name=BUS))),
    ("create-event-bus", lambda c: c.create_event_bus(
        m.CreateEventBusRequest(event_bus_name=BUS, description="d"))),
    ("create-rule", lambda c: c.create_rule(m.CreateRuleRequest(
        description="beschreibung ä", status="ENABLE", filter_pattern=LONG, targets=[target()], **names))),
    ("update-rule", lambda c: c.update_rule(m.UpdateRuleRequest(
        description="d", status="DISABLE", filter_pattern=LONG, **names))),
    ("get-rule", lambda c: c.get_rule(m.GetRuleRequest(**names))),
    ("enable-rule", lambda c: c.enable_rule(m.EnableRuleRequest(**names))),
    ("disable-rule", lambda c: c.disable_rule(m.DisableRuleRequest(**names))),
    ("list-rules", lambda c: c.list_rules(m.ListRulesRequest(
        event_bus_name=BUS, rule_name_prefix="r", limit=10, next_token="1"))),
    ("create-targets", lambda c: c.create_targets(m.CreateTargetsRequest(targets=[target()], **names))),
    ("list-targets", lambda c: c.list_targets(m.ListTargetsRequest(limit=5, **names))),
    ("delete-targets", lambda c: c.delete_targets(m.DeleteTargetsRequest(target_ids=["https-1", "x"], **names))),
    ("test-event-pattern", lambda c: c.test_event_pattern(m.TestEventPatternRequest(
        event='{"source":"demo.app","data":{"n":1}}', event_pattern=LONG))),
    ("delete-rule", lambda c: c.delete_rule(m.DeleteRuleRequest(**names))),
]



def client(**other):
    return Client(m.Config(access_key_id="LTAIexampleNotReal01", access_key_secret="exampleSecretNotReal0123456789",
                           endpoint=sys.argv[1], protocol="http", **other))


usual = client()
for name, call in CALLS:
    try:
        call(usual)
    except TeaException as error:
        print(name, error, file=sys.stderr)
    print(name, flush=True)
