//! Times in every form that java.time writes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use eventbridge_envelope::parse_event_time;

fn at(text: &str) -> SystemTime {
    parse_event_time(text).expect(text)
}

#[test]
fn times_with_every_zone_that_java_writes() {
    for (text, utc) in [
        // Region ids, glued or not.
        ("2024-07-01T12:00:00.5Asia/Singapore", "2024-07-01T04:00:00.5Z"),
        ("2024-07-01T12:00:00Asia/Tokyo", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00Asia/Jakarta", "2024-07-01T05:00:00Z"),
        ("2024-07-01T12:00:00America/Los_Angeles", "2024-07-01T19:00:00Z"),
        ("2024-01-01T12:00:00America/Los_Angeles", "2024-01-01T20:00:00Z"),
        ("2024-07-01T12:00:00 Europe/Berlin", "2024-07-01T10:00:00Z"),
        ("2024-01-01T12:00:00Europe/Berlin", "2024-01-01T11:00:00Z"),
        ("2024-07-01T12:00:00Etc/UTC", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00Etc/GMT+8", "2024-07-01T20:00:00Z"),
        ("2024-07-01T12:00:00America/Port-au-Prince", "2024-07-01T16:00:00Z"),
        ("2024-07-01T12:00:00America/Argentina/Buenos_Aires", "2024-07-01T15:00:00Z"),
        // Old ids.
        ("2024-07-01T12:00:00PRC", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Japan", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00Singapore", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Hongkong", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00US/Pacific", "2024-07-01T19:00:00Z"),
        ("2024-07-01T12:00:00EST5EDT", "2024-07-01T16:00:00Z"),
        ("2024-07-01T12:00:00GMT0", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00Zulu", "2024-07-01T12:00:00Z"),
        // Offsets and their prefixes.
        ("2024-07-01T12:00:00GMT+08:00", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00UTC+8", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00GMT+8", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00UT+0800", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00UTC-03:30", "2024-07-01T15:30:00Z"),
        ("2024-07-01T12:00:00UT", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00gmt", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+8", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+0800", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00 +0800", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08:00:30", "2024-07-01T03:59:30Z"),
        ("2024-07-01T12:00:00+080030", "2024-07-01T03:59:30Z"),
        ("2024-07-01T12:00:00-18:00", "2024-07-02T06:00:00Z"),
        ("2024-07-01T12:00:00-00:00", "2024-07-01T12:00:00Z"),
        // Brackets; the offset decides.
        ("2024-07-01T12:00:00+08:00[Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00[Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[Asia/Shanghai]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+09:00[Asia/Shanghai]", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00+08:00[GMT+08:00]", "2024-07-01T04:00:00Z"),
        ("2024-11-03T01:30:00-08:00[America/Los_Angeles]", "2024-11-03T09:30:00Z"),
        // Clocks that go forward and back.
        ("2024-03-10T02:30:00America/Los_Angeles", "2024-03-10T10:30:00Z"),
        ("2024-11-03T01:30:00America/Los_Angeles", "2024-11-03T08:30:00Z"),
        ("2024-03-31T02:30:00Europe/Berlin", "2024-03-31T01:30:00Z"),
        ("2024-10-27T02:30:00Europe/Berlin", "2024-10-27T00:30:00Z"),
        ("2024-10-06T02:15:00Australia/Lord_Howe", "2024-10-05T15:45:00Z"),
        // The ends of the calendar: `9999` stands for "never".
        ("0000-01-01T08:00:00+08:00", "0000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999+08:00", "9999-12-31T15:59:59.999Z"),
        ("9999-12-31T23:59:59Asia/Tokyo", "9999-12-31T14:59:59Z"),
        ("9999-12-31 23:59:59", "9999-12-31T15:59:59Z"),
        // Tags of RFC 9557.
        ("2024-07-01T12:00:00+08:00[Asia/Shanghai][u-ca=iso8601]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[u-ca=iso8601][_x=y]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+08:00[Asia/Shanghai] [u-ca=iso8601]", "2024-07-01T04:00:00Z"),
        // An offset decides; a zone that is marked as critical has to agree with it.
        ("2024-07-01T12:00:00+08:00[CST]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08:00[Asia/Beijing]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[Asia/Beijing]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+08:00[Asia/Beijing][u-ca=iso8601]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08:00[!Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00[!Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[!Asia/Shanghai]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+02:00[!Europe/Berlin]", "2024-07-01T10:00:00Z"),
        ("2024-10-27T02:30:00+01:00[!Europe/Berlin]", "2024-10-27T01:30:00Z"),
        ("2020-08-17T16:04:46.149+08:00Asia/Shanghai", "2020-08-17T08:04:46.149Z"),
        ("2024-07-01T12:00:00+09:00 Asia/Shanghai", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00+0800PRC", "2024-07-01T04:00:00Z"),
        // Leap seconds, which are read as the second before; commas; lower case.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.25Z", "2016-12-31T23:59:59.25Z"),
        ("2017-01-01T07:59:60+08:00", "2016-12-31T23:59:59Z"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z"),
        ("2017-01-01T07:59:60Asia/Shanghai", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60", "2016-12-31T15:59:59Z"),
        ("2024-07-01T12:00:00,125Z", "2024-07-01T12:00:00.125Z"),
        ("2024-07-01T12:00:00,125Asia/Shanghai", "2024-07-01T04:00:00.125Z"),
        ("2024-07-01t12:00:00z", "2024-07-01T12:00:00Z"),
        ("20240701t120000,5z", "2024-07-01T12:00:00.5Z"),
        ("2024-07-01 12:00:00.1234567899Z", "2024-07-01T12:00:00.123456789Z"),
        ("2024-07-01T12:00:00asia/shanghai", "2024-07-01T04:00:00Z"),
    ] {
        assert_eq!(at(text), at(utc), "{text}");
    }
    assert_eq!(at("2024-07-01T12:00:00.5Z"), UNIX_EPOCH + Duration::from_millis(1_719_835_200_500));
    assert_eq!(at("9999-12-31T23:59:59Z"), UNIX_EPOCH + Duration::from_secs(253_402_300_799));
    assert_eq!(at("0000-01-01T00:00:00Z"), UNIX_EPOCH - Duration::from_secs(62_167_219_200));
    assert_eq!(at("1960-01-01T00:00:00Z"), UNIX_EPOCH - Duration::from_secs(3653 * 86_400));
    for (text, part) in [
        ("2024-07-01T12:00:00CST", "several time zones share the abbreviation (found \"CST\""),
        ("2024-07-01T12:00:00 IST", "several time zones share"),
        (
            "2024-07-01T12:00:00Mars/Base",
            "the time zone is not in the database (found \"Mars/Base\"",
        ),
        ("2024-07-01T12:00:00[Asia/Nowhere]", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00[CST]", "several time zones share"),
        ("2024-07-01T12:00:00PRC[Asia/Nowhere]", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00+08:00[!Asia/Nowhere]", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00+08:00[]", "the offset from UTC is malformed"),
        ("2024-07-01T12:00:00+08:00[a b]", "the time zone is not in the database"),
        ("2024-07-01T12:00:00+09:00[!Asia/Shanghai]", "critical (found \"!Asia/Shanghai\""),
        ("2024-07-01T12:00:00+01:00[!Europe/Berlin]", "critical (found \"!Europe/Berlin\""),
        ("2024-07-01T12:00:00+08:00CST", "several time zones share"),
        ("2024-07-01T12:00:00+08:00Asia/Nowhere", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00Etc/Unknown", "the time zone is not in the database"),
        ("2024-07-01T12:00:00Factory", "the time zone is not in the database"),
        ("2024-07-01T12:00:00Z[!u-ca=hebrew]", "marked as critical (found \"!u-ca=hebrew\""),
        ("2024-07-01T12:00:00Asia/Shanghai]", "the time zone is not in the database"),
        ("2024-07-01T12:00:00+18:01", "the offset from UTC is not within \u{b1}18:00"),
        ("2024-07-01T12:00:00GMT+99", "not within"),
        ("2024-07-01T12:00:00+08:60", "not within"),
        ("2024-07-01T12:00:00+08:0", "the offset from UTC is malformed"),
        ("2024-07-01T12:00:00+", "the offset from UTC is malformed"),
        ("2024-07-01T12:00:00+é08", "the offset from UTC is malformed"),
        ("2024-07-01T12:30:60Z", "a leap second is before midnight only"),
        ("2024-07-01T12:00:61Z", "no clock shows the time of day"),
        ("2024-07-01T12:00:00,Z", "no clock shows the time of day"),
        ("2024-07-01T12,5Z", "no clock shows the time of day"),
        ("2023-02-29T12:00:00Z", "no such day is in the calendar (found \"2023-02-29\""),
        ("123456789", "neither of 10 nor of 13 digits"),
        ("yesterday", "in no form that is known"),
    ] {
        let error = parse_event_time(text).expect_err(text).to_string();
        assert!(error.contains(part) && error.contains("read is, for example"), "{text}: {error}");
    }
    let long = parse_event_time(&format!("2024-07-01T12:00:00{}", "x".repeat(100_000)));
    assert!(long.unwrap_err().to_string().len() < 300);
}
