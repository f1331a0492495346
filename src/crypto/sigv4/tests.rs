//! Tests of `sigv4`, with AWS's published test suite and signatures made by botocore.

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SUITE_TIME: i64 = 1_440_938_160;
const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const BOTO_TIME: i64 = 1_795_393_519;
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const BOTO_BODY: &[u8] = br#"{"UserPoolId": "eu-central-1_AbCdEf123", "Username": "alice"}"#;

type Headers = Vec<(String, String)>;

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn suite_headers(signed: &str, signature: &str) -> Headers {
    let scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={signature}");
    headers(&[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z"), ("authorization", &authorization)])
}

fn get<'a>(path: &'a str, query: &'a str, headers: &'a [(String, String)]) -> SignedRequest<'a> {
    SignedRequest { method: "GET", path, query, headers, body_digest: EMPTY }
}

fn boto_headers() -> Headers {
    headers(&[
        ("host", "localhost:8080"),
        ("x-amz-target", "AWSCognitoIdentityProviderService.AdminGetUser"),
        ("content-type", "application/x-amz-json-1.1"),
        ("user-agent", "Boto3/1.43.11"),
        ("x-amz-date", "20261123T002519Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-central-1/cognito-idp/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
             Signature=d59071bd31ab301a15ca315a154535d00d1a377038c666a077a5b819dcf1683e",
        ),
        ("amz-sdk-request", "attempt=1"),
        ("content-length", "61"),
    ])
}

fn verify_boto(headers: &[(String, String)], body: &[u8], now: i64) -> Result<CredentialScope, SigV4Fault> {
    let body_digest = &hex(&sha256(body));
    verify(&SignedRequest { method: "POST", path: "/", query: "", headers, body_digest }, SECRET, now)
}

fn replaced(name: &str, value: &str) -> Headers {
    let mut headers = boto_headers();
    headers.iter_mut().filter(|(other, _)| other == name).for_each(|(_, place)| value.clone_into(place));
    headers
}

#[test]
fn the_published_vanilla_request_verifies() {
    let headers = suite_headers("host;x-amz-date", VANILLA);
    let scope = verify(&get("/", "", &headers), SECRET, SUITE_TIME).unwrap();
    assert_eq!(scope.access_key_id, "AKIDEXAMPLE");
    assert_eq!((scope.region.as_str(), scope.service.as_str()), ("us-east-1", "service"));
}

#[test]
fn the_published_form_post_verifies() {
    let signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
    let mut headers = suite_headers("content-type;host;x-amz-date", signature);
    headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    let request = SignedRequest {
        method: "POST",
        path: "/",
        query: "",
        headers: &headers,
        body_digest: &hex(&sha256(b"Param1=value1")),
    };
    assert!(verify(&request, SECRET, SUITE_TIME).is_ok());
    assert_eq!(verify(&SignedRequest { body_digest: EMPTY, ..request }, SECRET, SUITE_TIME), Err(SigV4Fault::Mismatch));
}

#[test]
fn the_published_header_trimming_verifies() {
    let signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736";
    let mut headers = suite_headers("host;my-header1;my-header2;x-amz-date", signature);
    headers.push(("my-header1".into(), " value1".into()));
    headers.push(("my-header2".into(), " \"a   b   c\"".into()));
    assert!(verify(&get("/", "", &headers), SECRET, SUITE_TIME).is_ok());
}

#[test]
fn query_and_path_are_brought_into_their_canonical_form() {
    for (path, query, signature) in [
        ("/", "Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("/%E1%88%B4", "", "697b34846207a3f72246f99d74ae1ee4fe54f44bb06730c58a0d339eb079596d"),
        ("//foo/./bar/../b%20az//", "", "ab7d407dfbf2f582630f63d7f5baf71df40ed191c7cc9209ec4a08fbc75626cb"),
        ("/example/..", "", VANILLA),
        ("", "", VANILLA),
    ] {
        let headers = suite_headers("host;x-amz-date", signature);
        assert!(verify(&get(path, query, &headers), SECRET, SUITE_TIME).is_ok(), "{path}?{query}");
    }
}

#[test]
fn a_request_of_boto3_verifies() {
    let scope = verify_boto(&boto_headers(), BOTO_BODY, BOTO_TIME).unwrap();
    assert_eq!((scope.region.as_str(), scope.service.as_str()), ("eu-central-1", "cognito-idp"));
}

#[test]
fn another_body_operation_host_or_secret_does_not_verify() {
    assert_eq!(verify_boto(&boto_headers(), b"{}", BOTO_TIME), Err(SigV4Fault::Mismatch));
    for (name, value) in [
        ("x-amz-target", "AWSCognitoIdentityProviderService.AdminDeleteUser"),
        ("host", "example.com"),
        ("content-type", "text/plain"),
        ("x-amz-date", "20261123T002518Z"),
    ] {
        assert_eq!(verify_boto(&replaced(name, value), BOTO_BODY, BOTO_TIME), Err(SigV4Fault::Mismatch), "{name}");
    }
    let headers = suite_headers("host;x-amz-date", VANILLA);
    assert_eq!(verify(&get("/", "", &headers), "other", SUITE_TIME), Err(SigV4Fault::Mismatch));
    assert_eq!(verify(&get("/", "a=b", &headers), SECRET, SUITE_TIME), Err(SigV4Fault::Mismatch));
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    for (now, expected) in [(300, None), (301, Some(SigV4Fault::Expired)), (-300, None)] {
        assert_eq!(verify_boto(&boto_headers(), BOTO_BODY, BOTO_TIME + now).err(), expected, "{now}");
    }
    assert_eq!(verify_boto(&boto_headers(), BOTO_BODY, BOTO_TIME - 301), Err(SigV4Fault::NotYetCurrent));
}

#[test]
fn a_body_digest_that_disagrees_is_refused() {
    for digest in ["UNSIGNED-PAYLOAD", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b856"] {
        let mut headers =
            replaced("authorization", &boto_headers()[5].1.replace("host;", "host;x-amz-content-sha256;"));
        headers.push(("x-amz-content-sha256".into(), digest.into()));
        assert_eq!(verify_boto(&headers, BOTO_BODY, BOTO_TIME), Err(SigV4Fault::Mismatch));
    }
}

#[test]
fn what_steers_the_service_must_be_signed_and_single() {
    let authorization = boto_headers()[5].1.clone();
    for (signed, fault) in [
        ("content-type;host;x-amz-date", "x-amz-* headers"),
        ("content-type;x-amz-date;x-amz-target", "host"),
        ("content-type;host;x-amz-target", "x-amz-date"),
        ("host;content-type;x-amz-date;x-amz-target", "SignedHeaders"),
        ("content-type;gone;host;x-amz-date;x-amz-target", "SignedHeaders"),
    ] {
        let changed = authorization.replace("content-type;host;x-amz-date;x-amz-target", signed);
        let result = verify_boto(&replaced("authorization", &changed), BOTO_BODY, BOTO_TIME);
        assert_eq!(result, Err(SigV4Fault::Incomplete(fault)), "{signed}");
    }
    for name in ["host", "x-amz-date", "authorization"] {
        let mut headers = boto_headers();
        headers.push((name.into(), "again".into()));
        assert_eq!(verify_boto(&headers, BOTO_BODY, BOTO_TIME), Err(SigV4Fault::Incomplete(name)));
    }
}

#[test]
fn another_day_or_protocol_is_the_wrong_scope() {
    let authorization = boto_headers()[5].1.clone();
    for (from, to) in [("/20261123/", "/20261122/"), ("/20261123/", "/2026/"), ("aws4_request", "aws5_request")] {
        let result = verify_boto(&replaced("authorization", &authorization.replace(from, to)), BOTO_BODY, BOTO_TIME);
        assert_eq!(result, Err(SigV4Fault::WrongScope), "{to}");
    }
}

#[test]
fn a_request_without_a_signature_is_told_apart_from_a_broken_one() {
    let bare: Headers = boto_headers().into_iter().filter(|(name, _)| name != "authorization").collect();
    assert_eq!(verify_boto(&bare, BOTO_BODY, BOTO_TIME), Err(SigV4Fault::Missing));
    for (authorization, fault) in [
        ("Bearer abc", SigV4Fault::Missing),
        ("AWS4-HMAC-SHA256X Credential=a", SigV4Fault::Missing),
        ("AWS4-HMAC-SHA256 Credential", SigV4Fault::Incomplete("Authorization")),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request", SigV4Fault::Incomplete("SignedHeaders")),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c", SigV4Fault::Incomplete("Credential")),
        ("AWS4-HMAC-SHA256 Credential=a, Credential=b", SigV4Fault::Incomplete("Authorization")),
    ] {
        let result = verify_boto(&replaced("authorization", authorization), BOTO_BODY, BOTO_TIME);
        assert_eq!(result, Err(fault), "{authorization}");
    }
}

#[test]
fn the_credential_can_be_read_alone() {
    let scope = parse_credential(&boto_headers()[5].1).unwrap();
    assert_eq!((scope.access_key_id.as_str(), scope.region.as_str()), ("AKIDEXAMPLE", "eu-central-1"));
    assert_eq!(parse_credential("Bearer abc"), None);
}

#[test]
fn the_date_header_stands_in_for_the_amazon_one() {
    let day = "20150830";
    let scope = CredentialScope {
        access_key_id: "AKIDEXAMPLE".into(),
        date: day.into(),
        region: "us-east-1".into(),
        service: "service".into(),
    };
    let date = "Sun, 30 Aug 2015 12:36:00 GMT";
    let canonical = format!("GET\n/\n\ndate:{date}\nhost:example.amazonaws.com\n\ndate;host\n{}", hex(&sha256(b"")));
    let signature = signature(&scope, "20150830T123600Z", &canonical, SECRET);
    let mut headers = suite_headers("date;host", &signature);
    headers[1] = ("date".into(), date.into());
    assert_eq!(verify(&get("/", "", &headers), SECRET, SUITE_TIME), Ok(scope));
}

#[test]
fn a_request_of_ours_is_signed_as_the_published_form_post() {
    let pairs = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("host", "example.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
    ];
    let headers = headers(&pairs);
    let request = SignedRequest {
        method: "POST",
        path: "/",
        query: "",
        headers: &headers,
        body_digest: &hex(&sha256(b"Param1=value1")),
    };
    let [access_key_id, date, region, service] = ["AKIDEXAMPLE", "20150830", "us-east-1", "service"].map(str::to_owned);
    let scope = CredentialScope { access_key_id, date, region, service };
    let date = timestamp(SUITE_TIME).unwrap();
    let authorization = sign(&request, &scope, (&date, SECRET)).unwrap();
    assert_eq!(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    );
}

#[test]
fn a_request_has_a_hundred_headers_at_most() {
    let verified = |count: usize| {
        let mut sent = headers(&[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")]);
        sent.extend((0..count - 3).map(|number| (format!("x-amz-meta-{number:06}"), "v".to_owned())));
        sent.sort();
        let scope = CredentialScope {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            date: "20150830".to_owned(),
            region: "us-east-1".to_owned(),
            service: "service".to_owned(),
        };
        let authorization = sign(&get("/", "", &sent), &scope, ("20150830T123600Z", SECRET)).unwrap();
        sent.push(("authorization".to_owned(), authorization));
        verify(&get("/", "", &sent), SECRET, SUITE_TIME).map(|_| ())
    };
    assert_eq!(verified(MOST_HEADERS), Ok(()));
    assert_eq!(verified(MOST_HEADERS + 1), Err(SigV4Fault::Incomplete("too many headers")));
    let names: Vec<String> = (0..=MOST_HEADERS).map(|number| format!("x{number:06}")).collect();
    let many = suite_headers(&format!("host;x-amz-date;{}", names.join(";")), VANILLA);
    assert_eq!(verify(&get("/", "", &many), SECRET, SUITE_TIME), Err(SigV4Fault::Incomplete("SignedHeaders")));
}
