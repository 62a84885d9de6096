// A service behind `eventbridge receive --forward`, in Node.js: it takes what the proxy signed, and
// nothing else.
//
//   npm install standardwebhooks
//   FORWARD_SECRET=whsec_… PORT=3000 node node.mjs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.FORWARD_SECRET);
const LONGEST = 1024 * 1024; // as --max-body of the proxy

async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST) throw new Error("the body is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// The same id comes again when EventBridge tries again: an effect that must not happen twice is
// looked up by it first.
function handle(id, headers, body) {
  console.log(`${id} ${headers["eventbridge-event-type"] ?? "-"} ${body.length}`);
}

const server = createServer(async (request, response) => {
  try {
    const body = await read(request);
    // The bytes as they arrived, before anybody parses them. Not every body is JSON.
    webhook.verify(body, request.headers, { jsonParse: false });
    handle(request.headers["webhook-id"], request.headers, body);
    response.writeHead(204).end();
  } catch (error) {
    // Sent by somebody else, changed on its way, or too old. The caller learns no more.
    console.error(`rejected: ${error.message}`);
    response.writeHead(401).end();
  }
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () =>
  console.error(`listening on 127.0.0.1:${server.address().port}`),
);
