// One verification with a key that is parsed once: string to sign, secret or digest, comparison.
import { createHmac, createPublicKey, publicDecrypt, timingSafeEqual, verify, constants, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

const name = (part) => `x-eventbridge-${part}`;

function stringToSign(push, body, method) {
  const lines = ["signature-timestamp", method, "signature-version", "signature-url", "signature-token"];
  const head = lines.map((part) => `${name(part)}: ${push.headers[name(part)]}\n`).join("");
  return Buffer.concat([Buffer.from(`${push.url}\n${head}`), body, Buffer.from("\n")]);
}

function v1(push, body, key) {
  const wrapped = Buffer.from(push.headers[name("signature-secret")], "base64");
  const secret = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, wrapped);
  const mac = createHmac("sha1", secret).update(stringToSign(push, body, "signature-method")).digest();
  return timingSafeEqual(mac, Buffer.from(push.headers[name("signature")], "base64"));
}

function v2(push, body, key) {
  const signature = Buffer.from(push.headers[name("signature-v2")], "base64");
  return verify("sha256", stringToSign(push, body, "hash-method"), key, signature);
}

for (const push of JSON.parse(readFileSync(process.argv[2]))) {
  const key = createPublicKey(new X509Certificate(push.certificate).publicKey.export({ type: "spki", format: "pem" }));
  const body = Buffer.from(push.body);
  const work = push.case.startsWith("v1") ? v1 : v2;
  const times = [];
  for (let batch = 0; batch < 60; batch++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 100; i++) if (!work(push, body, key)) throw new Error(push.case);
    times.push(Number(process.hrtime.bigint() - began) / 1e5);
  }
  times.sort((a, b) => a - b);
  console.log(`peer node-${process.versions.node} ${push.case} ${times[30].toFixed(2)}`);
}
