// Sends the named calls with the vendor's Node SDK, `openapi` protocol. Prints the names, one a line.
// usage: NODE_PATH=…/node_modules node openapi.js HOST:PORT

const eb = require('@alicloud/eventbridge');
const util = require('@alicloud/tea-util').default;

util.getDateUTCString = () => 'Thu, 26 Nov 2026 06:40:00 GMT';
util.getNonce = () => 'ffffffff-ffff-4fff-bfff-ffffffffffff';

const names = { eventBusName: 'demo-bus', ruleName: 'rule-1' };
const pattern = '{"source":["demo.app"]}';
const url = 'https://hooks.example.com/eb';

const event = (data = '{"n":1,"t":"x"}', datacontenttype = 'application/json', other = {}) => new eb.CloudEvent({
  id: 'evt-1', source: 'demo.app', specversion: '1.0', type: 'demo:Order:Created', datacontenttype,
  subject: 'order/1', time: '2026-11-26T06:40:00.000Z', data: Buffer.from(data),
  extensions: { aliyuneventbusname: 'demo-bus' }, ...other,
});
const target = () => new eb.TargetEntry({
  id: 'https-1', type: 'acs.https', endpoint: url, pushRetryStrategy: 'BACKOFF_RETRY',
  paramList: [
    new eb.EBTargetParam({ resourceKey: 'url', form: 'CONSTANT', value: url }),
    new eb.EBTargetParam({ resourceKey: 'body', form: 'ORIGINAL' }),
  ],
  concurrentConfig: new eb.ConcurrentConfig({ concurrency: 3 }),
});

const calls = [
  ['put-events-one', (c) => c.putEvents([event()])],
  ['put-events-bad-json', (c) => c.putEvents([event('test')])],
  ['put-events-binary', (c) => c.putEvents([event(Buffer.from([0, 1, 2, 254, 255, 10]), 'application/octet-stream')])],
  ['put-events-contenttype-charset', (c) => c.putEvents([event(undefined, 'application/json;charset=utf-8')])],
  ['put-events-json-suffix', (c) => c.putEvents([event(undefined, 'application/vnd.x+json')])],
  ['put-events-empty-data', (c) => c.putEvents([event('')])],
  ['put-events-no-time', (c) => c.putEvents([event(undefined, undefined, { time: undefined })])],
  ['put-events-default-contenttype', (c) => c.putEvents([event(undefined, 'application/json; charset=utf-8')])],
  ['put-events-sts', () => client({ securityToken: 'exampleSecurityTokenNotReal' }).putEvents([event()])],
  ['create-event-bus', (c) => c.createEventBus(new eb.CreateEventBusRequest(
    { eventBusName: 'demo-bus', description: 'd' }))],
  ['get-event-bus', (c) => c.getEventBus(new eb.GetEventBusRequest({ eventBusName: 'demo-bus' }))],
  ['list-event-buses', (c) => c.listEventBuses(new eb.ListEventBusesRequest({ namePrefix: 'demo', limit: 100 }))],
  ['delete-event-bus', (c) => c.deleteEventBus(new eb.DeleteEventBusRequest({ eventBusName: 'demo-bus' }))],
  ['create-rule', (c) => c.createRule(new eb.CreateRuleRequest(
    { ...names, status: 'ENABLE', filterPattern: pattern, targets: [target()] }))],
  ['update-rule', (c) => c.updateRule(new eb.UpdateRuleRequest({ ...names, filterPattern: pattern }))],
  ['get-rule', (c) => c.getRule(new eb.GetRuleRequest(names))],
  ['enable-rule', (c) => c.enableRule(new eb.EnableRuleRequest(names))],
  ['disable-rule', (c) => c.disableRule(new eb.DisableRuleRequest(names))],
  ['list-rules', (c) => c.listRules(new eb.ListRulesRequest(
    { eventBusName: 'demo-bus', ruleNamePrefix: 'r', limit: 10 }))],
  ['create-targets', (c) => c.createTargets(new eb.CreateTargetsRequest({ ...names, targets: [target()] }))],
  ['list-targets', (c) => c.listTargets(new eb.ListTargetsRequest({ ...names, limit: 5 }))],
  ['delete-targets', (c) => c.deleteTargets(new eb.DeleteTargetsRequest({ ...names, targetIds: ['a', 'b'] }))],
  ['test-event-pattern', (c) => c.testEventPattern(new eb.TestEventPatternRequest(
    { event: '{"source":"demo.app"}', eventPattern: pattern }))],
  ['delete-rule', (c) => c.deleteRule(new eb.DeleteRuleRequest(names))],
];

const client = (other = {}) => new eb.default(new eb.Config({
  accessKeyId: 'LTAIexampleNotReal01', accessKeySecret: 'exampleSecretNotReal0123456789',
  endpoint: process.argv[2], protocol: 'http', ...other,
}));

(async () => {
  const usual = client();
  for (const [name, call] of calls) {
    await call(usual).catch((error) => console.error(name, String(error)));
    console.log(name);
  }
})();
