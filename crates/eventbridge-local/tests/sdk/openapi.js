// Goes through the `openapi` protocol with the vendor's Node SDK. Ends with status 0 if all is as it should be.
// usage: NODE_PATH=…/node_modules node openapi.js HOST:PORT URL TOKEN

const assert = require('node:assert');
const eb = require('@alicloud/eventbridge');

const [endpoint, url, token] = process.argv.slice(2);
const names = { eventBusName: 'node-bus', ruleName: 'node-rule' };
const pattern = '{"source":["demo.node"]}';

const client = (accessKeySecret = 'local') => new eb.default(new eb.Config({
  accessKeyId: 'local', accessKeySecret, endpoint, protocol: 'http',
}));
const constant = (resourceKey, value) => new eb.EBTargetParam({ resourceKey, form: 'CONSTANT', value });
const target = (id) => new eb.TargetEntry({
  id, type: 'acs.http', endpoint: url, pushRetryStrategy: 'BACKOFF_RETRY',
  paramList: [constant('url', url), new eb.EBTargetParam({ resourceKey: 'body', form: 'ORIGINAL' }),
    constant('token', token)],
  concurrentConfig: new eb.ConcurrentConfig({ concurrency: 3 }),
});
const event = (id, datacontenttype = 'application/json') => new eb.CloudEvent({
  id, source: 'demo.node', specversion: '1.0', type: 'demo:Order:Created', datacontenttype,
  data: Buffer.from('{"n":1,"t":"值 ✓"}'), extensions: { aliyuneventbusname: 'node-bus' },
});
const fails = async (code, call) => {
  await assert.rejects(call, (error) => { assert.strictEqual(error.code, code); return true; });
};

(async () => {
  const c = client();
  await c.createEventBus(new eb.CreateEventBusRequest({ eventBusName: 'node-bus' }));
  const created = await c.createRule(new eb.CreateRuleRequest({
    ...names, filterPattern: pattern, status: 'ENABLE', targets: [target('one')],
  }));
  assert.match(created.ruleARN, /node-rule$/);
  const added = await c.createTargets(new eb.CreateTargetsRequest({ ...names, targets: [target('two')] }));
  assert.strictEqual(added.errorEntriesCount, 0);
  const listed = await c.listTargets(new eb.ListTargetsRequest({ ...names, limit: 5 }));
  assert.deepStrictEqual(listed.targets.map((one) => one.id), ['one', 'two']);
  const gone = await c.deleteTargets(new eb.DeleteTargetsRequest({ ...names, targetIds: ['two', 'x'] }));
  assert.strictEqual(gone.errorEntriesCount, 1);
  const rules = await c.listRules(new eb.ListRulesRequest({ eventBusName: 'node-bus', limit: 10 }));
  assert.deepStrictEqual(rules.rules.map((one) => one.ruleName), ['node-rule']);
  const tested = await c.testEventPattern(new eb.TestEventPatternRequest(
    { event: '{"source":"demo.node"}', eventPattern: pattern }));
  assert.strictEqual(tested.result, true);
  const put = await c.putEvents([event('n1'), event('n2', 'application/json;charset=utf-8')]);
  assert.strictEqual(put.failedEntryCount, 0);
  await c.disableRule(new eb.DisableRuleRequest(names));
  const rule = await c.getRule(new eb.GetRuleRequest(names));
  assert.strictEqual(rule.status, 'DISABLE');
  await c.putEvents([event('disabled')]);
  await c.enableRule(new eb.EnableRuleRequest(names));
  await c.updateRule(new eb.UpdateRuleRequest({ ...names, filterPattern: pattern, description: 'd' }));
  await fails('SignatureDoesNotMatch', () => client('wrong').getRule(new eb.GetRuleRequest(names)));
  await fails('EventRuleNotExist', () => c.getRule(new eb.GetRuleRequest({ ...names, ruleName: 'no' })));
  console.log('done');
})().catch((error) => { console.error(error); process.exit(1); });
