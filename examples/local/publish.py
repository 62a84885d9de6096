"""Publishes one event to `eventbridge local` by the vendor's SDK: pip install alibabacloud_eventbridge."""
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client

client = Client(models.Config(access_key_id="local", access_key_secret="local", endpoint="127.0.0.1:8766", protocol="http"))
event = models.CloudEvent(
    id="order-1", source="demo.app", specversion="1.0", type="demo:Order:Created",
    datacontenttype="application/json", extensions={}, data=b'{"total": 12.5}',
)
print(client.put_events([event]).to_map())
