"""Goes through the `openapi` protocol with the vendor's Python SDK. Ends with status 0 if all is as it should be.

usage: openapi.py HOST:PORT URL TOKEN
"""

import sys

from alibabacloud_eventbridge import models as m
from alibabacloud_eventbridge.client import Client
from alibabacloud_tea_util import models as util
from Tea.exceptions import TeaException

ENDPOINT, URL, TOKEN = sys.argv[1:4]
BUS, RULE = "python-bus", "python-rule"
PATTERN = '{"source":["demo.python"],"data":{"n":[{"numeric":[">",0]}]}}'
names = dict(event_bus_name=BUS, rule_name=RULE)


def client(secret="local"):
    return Client(m.Config(access_key_id="local", access_key_secret=secret, endpoint=ENDPOINT, protocol="http"))


def constant(key, value):
    return m.EBTargetParam(resource_key=key, form="CONSTANT", value=value)


def target(id):
    return m.TargetEntry(
        id=id, type="http", endpoint=URL, push_retry_strategy="EXPONENTIAL_DECAY_RETRY",
        param_list=[constant("url", URL), m.EBTargetParam(resource_key="Body", form="ORIGINAL"),
                    constant("Network", "PublicNetwork"), constant("Token", TOKEN)])


def event(id, data=b'{"n":1,"t":"x"}', **other):
    members = dict(id=id, source="demo.python", specversion="1.0", type="demo:Order:Created", data=data,
                   datacontenttype="application/json", extensions={"aliyuneventbusname": BUS})
    members.update(other)
    return m.CloudEvent(**members)


def fails(code, call):
    try:
        call()
    except TeaException as error:
        assert error.code == code, (error.code, code)
        assert error.message.startswith("[EventBridgeError-"), error.message
        return
    raise AssertionError("no " + code)


c = client()
assert c.create_event_bus(m.CreateEventBusRequest(event_bus_name=BUS, description="d")).event_bus_arn.endswith(BUS)
fails("EventBusAlreadyExist", lambda: c.create_event_bus(m.CreateEventBusRequest(event_bus_name=BUS)))
rule = m.CreateRuleRequest(description="ä", status="ENABLE", filter_pattern=PATTERN, targets=[target("one")], **names)
assert c.create_rule(rule).rule_arn.endswith(RULE)
added = c.create_targets(m.CreateTargetsRequest(targets=[target("two"), target("one")], **names))
assert added.error_entries_count == 1 and added.error_entries[0].entry_id == "one", added
listed = c.list_targets(m.ListTargetsRequest(limit=5, **names))
assert [one.id for one in listed.targets] == ["one", "two"], listed
gone = c.delete_targets(m.DeleteTargetsRequest(target_ids=["two"], **names))
assert gone.error_entries_count == 0, gone
got = c.get_rule(m.GetRuleRequest(**names))
assert got.status == "ENABLE" and got.filter_pattern == PATTERN and got.targets[0].endpoint == URL, got
rules = c.list_rules(m.ListRulesRequest(event_bus_name=BUS, rule_name_prefix="python", limit=10, next_token="0"))
assert [one.rule_name for one in rules.rules] == [RULE] and rules.total == 1, rules
test = lambda event: c.test_event_pattern(m.TestEventPatternRequest(event=event, event_pattern=PATTERN)).result
assert test('{"source":"demo.python","data":{"n":1}}') is True
assert test('{"source":"demo.python","data":{"n":0}}') is False

put = c.put_events([event("p1"), event("p2", datacontenttype=None), event("p3", data=b'{"n":-1}')])
assert put.failed_entry_count == 0 and [one.event_id for one in put.entry_list] == ["p1", "p2", "p3"], put
# The SDK opens a connection again each time; this one is kept.
again = c.put_events_with_options([event("p4", subject="s", time="2026-11-26T06:40:00.000Z")],
                                  util.RuntimeOptions(autoretry=True))
assert again.failed_entry_count == 0, again
partial = c.put_events([event("p5"), event("p6", subject="s" * 513)])
assert partial.failed_entry_count == 1 and partial.entry_list[1].error_code == "RequestParameterInvalid", partial

c.disable_rule(m.DisableRuleRequest(**names))
assert c.get_rule(m.GetRuleRequest(**names)).status == "DISABLE"
assert c.put_events([event("disabled")]).failed_entry_count == 0
c.enable_rule(m.EnableRuleRequest(**names))
c.update_rule(m.UpdateRuleRequest(description="d", filter_pattern=PATTERN, **names))
fails("EventRuleNotExist", lambda: c.get_rule(m.GetRuleRequest(event_bus_name=BUS, rule_name="no")))
fails("SignatureDoesNotMatch", lambda: client("wrong").get_rule(m.GetRuleRequest(**names)))
fails("EventBusNotExist", lambda: c.put_events([event("x", extensions={"aliyuneventbusname": "no"})]))
print("done")
