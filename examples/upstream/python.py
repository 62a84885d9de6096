"""A service behind `eventbridge receive --forward`, in Python: it takes what the proxy signed, and
nothing else.

    pip install standardwebhooks
    FORWARD_SECRET=whsec_… PORT=3000 python3 python.py
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["FORWARD_SECRET"])
LONGEST = 1024 * 1024  # as --max-body of the proxy


def handle(event_id, headers, body):
    """The same id comes again when EventBridge tries again: an effect that must not happen twice
    is looked up by it first."""
    print(event_id, headers.get("eventbridge-event-type", "-"), len(body), flush=True)


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        try:
            length = int(self.headers.get("content-length", ""))
            if not 0 <= length <= LONGEST:
                raise ValueError("the body is too long")
            body = self.rfile.read(length)
            # The bytes as they arrived, before anybody parses them. Not every body is JSON.
            webhook.verify(body, dict(self.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # Sent by somebody else, changed on its way, or too old. The caller learns no more.
            print("rejected:", error, file=sys.stderr, flush=True)
            self.close_connection = True
            return self.answer(401)
        handle(self.headers["webhook-id"], self.headers, body)
        self.answer(204)

    def answer(self, status):
        self.send_response_only(status)
        if self.close_connection:
            # Said, so that the proxy does not send the next push on it.
            self.send_header("connection", "close")
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Service)
print(f"listening on 127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
