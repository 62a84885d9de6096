<?php
// One verification with a key that is parsed once.
function name($part) { return "x-eventbridge-" . $part; }

function string_to_sign($push, $method) {
    $string = $push["url"] . "\n";
    foreach (["signature-timestamp", $method, "signature-version", "signature-url", "signature-token"] as $part) {
        $string .= name($part) . ": " . $push["headers"][name($part)] . "\n";
    }
    return $string . $push["body"] . "\n";
}

function v1($push, $key) {
    openssl_public_decrypt(base64_decode($push["headers"][name("signature-secret")]), $secret, $key);
    $mac = hash_hmac("sha1", string_to_sign($push, "signature-method"), $secret, true);
    return hash_equals($mac, base64_decode($push["headers"][name("signature")]));
}

function v2($push, $key) {
    $signature = base64_decode($push["headers"][name("signature-v2")]);
    return openssl_verify(string_to_sign($push, "hash-method"), $signature, $key, OPENSSL_ALGO_SHA256) === 1;
}

foreach (json_decode(file_get_contents($argv[1]), true) as $push) {
    $key = openssl_pkey_get_public($push["certificate"]);
    $work = str_starts_with($push["case"], "v1") ? "v1" : "v2";
    $times = [];
    for ($batch = 0; $batch < 60; $batch++) {
        $began = hrtime(true);
        for ($i = 0; $i < 50; $i++) {
            if (!$work($push, $key)) { exit("wrong: " . $push["case"]); }
        }
        $times[] = (hrtime(true) - $began) / 50 / 1000;
    }
    sort($times);
    printf("peer php-%s %s %.2f\n", PHP_MAJOR_VERSION . "." . PHP_MINOR_VERSION, $push["case"], $times[30]);
}
