// A receiver as a careful developer writes it in Node.js, with the checks that `eventbridge receive`
// makes: `node receiver.mjs URL TOKEN CERTIFICATE-URL=FILE…`. It answers by itself, or sends the push on
// to the URL in the variable FORWARD, unsigned.
import { createHash, createHmac, createPublicKey, publicDecrypt, timingSafeEqual, verify, constants, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, createServer, request as send } from "node:http";

const [url, token, ...given] = process.argv.slice(2);
const target = new URL(url).pathname + new URL(url).search;
const keys = new Map(given.map((argument) => {
  const at = argument.lastIndexOf("=");
  const certificate = new X509Certificate(readFileSync(argument.slice(at + 1)));
  return [argument.slice(0, at), createPublicKey(certificate.publicKey.export({ type: "spki", format: "pem" }))];
}));
const LONGEST = 1024 * 1024;
const WINDOW = 60_000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const LINE_FEED = Buffer.from("\n");

class Rejected extends Error {
  constructor(status) {
    super("rejected");
    this.status = status;
  }
}

function bytes(text) {
  if (!BASE64.test(text)) throw new Rejected(400);
  return Buffer.from(text, "base64");
}

const digest = (text) => createHash("sha256").update(text).digest();
const tokenDigest = digest(token);

// Everything that can be judged before the body.
function checkHead(request) {
  if (request.method !== "POST") throw new Rejected(405);
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") throw new Rejected(415);
  const one = (name, required) => {
    const values = request.headersDistinct[`x-eventbridge-${name}`] ?? [];
    if (values.length > 1 || (required && values.length !== 1)) throw new Rejected(400);
    return values[0];
  };
  const timestamp = one("signature-timestamp", true);
  if (!/^[0-9]{1,15}$/.test(timestamp)) throw new Rejected(400);
  if (Math.abs(Date.now() - Number(timestamp)) > WINDOW) throw new Rejected(401);
  if (!timingSafeEqual(digest(one("signature-token", true)), tokenDigest)) throw new Rejected(401);
  if (request.url !== target) throw new Rejected(401);
  const certificateUrl = one("signature-url", true);
  const key = keys.get(certificateUrl);
  if (key === undefined) throw new Rejected(401);
  if (Number(request.headers["content-length"] ?? 0) > LONGEST) throw new Rejected(413);
  const v2 = one("signature-v2", false);
  const method = v2 === undefined ? "signature-method" : "hash-method";
  const value = one(method, true);
  if (value !== (v2 === undefined ? "HMAC-SHA1" : "SHA256")) throw new Rejected(400);
  const lines = [
    url,
    `x-eventbridge-signature-timestamp: ${timestamp}`,
    `x-eventbridge-${method}: ${value}`,
    `x-eventbridge-signature-version: ${one("signature-version", true)}`,
    `x-eventbridge-signature-url: ${certificateUrl}`,
    `x-eventbridge-signature-token: ${token}`,
    "",
  ];
  const head = Buffer.from(lines.join("\n"));
  if (v2 !== undefined) return { head, key, v2: bytes(v2) };
  const padding = constants.RSA_PKCS1_PADDING;
  const secret = publicDecrypt({ key, padding }, bytes(one("signature-secret", true)));
  return { head, secret, v1: bytes(one("signature", true)) };
}

// Both endings of the body that are in use.
function checkBody({ head, key, v2, secret, v1 }, body) {
  return [[head, body, LINE_FEED], [head, body]].some((parts) => {
    const text = Buffer.concat(parts);
    if (v2 !== undefined) return verify("sha256", text, key, v2);
    const mac = createHmac("sha1", secret).update(text).digest();
    return mac.length === v1.length && timingSafeEqual(mac, v1);
  });
}

async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST) throw new Rejected(413);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

const forward = process.env.FORWARD;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

// The status of the service behind.
function forwarded(contentType, body) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": contentType, "content-length": body.length };
    const sent = send(forward, { agent, method: "POST", headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode));
      answer.on("error", reject);
    });
    sent.on("error", () => reject(new Rejected(503)));
    sent.end(body);
  });
}

const server = createServer(async (request, response) => {
  try {
    const head = checkHead(request);
    const body = await read(request);
    if (!checkBody(head, body)) throw new Rejected(401);
    const status = forward ? await forwarded(request.headers["content-type"] ?? "", body) : 200;
    response.writeHead(status, { "content-length": "0" }).end();
  } catch (error) {
    response.writeHead(error.status ?? 401, { "content-length": "0" }).end();
  }
});
server.listen(0, "127.0.0.1", () => console.error(`listening on 127.0.0.1:${server.address().port}`));
