//! Tests of the session cookies. They must not need a server.

use secrecy::SecretString;

use super::*;
use crate::session::kept::kept;

fn seal(present: &str, previous: Option<&str>) -> Seal {
    Seal::new(&SecretString::from(present), previous.map(SecretString::from).as_ref())
}

fn session(generation: &str, size: usize) -> Session {
    Session {
        generation: generation.to_owned(),
        signed_in_at: Timestamp(1_700_000_000_000),
        id_token: "i".repeat(size / 3),
        access_token: "ä".repeat(size / 6),
        refresh_token: Some("r".repeat(size / 3)),
    }
}

fn written(seal: &Seal, session: &Session) -> Received {
    let cookies = SessionCookies { rules: CookieRules::new(true, "app-"), seal };
    kept(&Received::new(), &cookies.write(session, &Received::new()).unwrap())
}

fn read(seal: &Seal, received: &Received) -> Option<Session> {
    SessionCookies { rules: CookieRules::new(true, "app-"), seal }.read(received)
}

#[test]
fn twelve_kilobytes_of_tokens_travel_in_cookies_below_four_thousand_bytes() {
    let seal = seal("one", None);
    let cookies = SessionCookies { rules: CookieRules::new(true, "app-"), seal: &seal };
    let session = session("abcdefghij123456", 12_000);
    let set = cookies.write(&session, &Received::new()).unwrap();
    assert!(set.len() >= 5);
    for cookie in &set {
        assert!(cookie.len() < 4_000, "{} bytes", cookie.len());
        assert!(cookie.starts_with("__Host-app-session-"));
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age="] {
            assert!(cookie.contains(attribute), "{attribute}");
        }
    }
    assert_eq!(read(&seal, &kept(&Received::new(), &set)), Some(session));
}

#[test]
fn a_chunk_that_is_missing_changed_or_cut_means_signed_out() {
    let seal = seal("one", None);
    let whole = written(&seal, &session("a", 9_000));
    for name in whole.keys() {
        let mut missing = whole.clone();
        missing.remove(name);
        assert_eq!(read(&seal, &missing), None);
        for position in [0, 40, whole[name].len() - 1] {
            let mut changed = whole.clone();
            let value = changed.get_mut(name).unwrap();
            let other = if value.as_bytes()[position] == b'A' { "B" } else { "A" };
            value.replace_range(position..=position, other);
            assert_eq!(read(&seal, &changed), None);
        }
        let mut cut = whole.clone();
        cut.get_mut(name).unwrap().truncate(whole[name].len() / 2);
        assert_eq!(read(&seal, &cut), None);
    }
}

#[test]
fn swapped_chunks_mean_signed_out() {
    let seal = seal("one", None);
    let mut swapped = written(&seal, &session("a", 9_000));
    let names: Vec<_> = swapped.keys().take(2).cloned().collect();
    let first = swapped[&names[0]].clone();
    let second = swapped.insert(names[1].clone(), first).unwrap();
    swapped.insert(names[0].clone(), second);
    assert_eq!(read(&seal, &swapped), None);
}

#[test]
fn chunks_of_two_sessions_do_not_mix() {
    let seal = seal("one", None);
    let (one, two) = (written(&seal, &session("a", 9_000)), written(&seal, &session("b", 9_000)));
    for name in one.keys() {
        let mut mixed = one.clone();
        mixed.insert(name.clone(), two[name].clone());
        assert_eq!(read(&seal, &mixed), None);
    }
}

#[test]
fn the_previous_key_is_read_and_a_write_changes_to_the_present_one() {
    let session = session("a", 9_000);
    let old = written(&seal("old", None), &session);
    let both = seal("new", Some("old"));
    assert_eq!(read(&both, &old), Some(session.clone()));
    assert_eq!(read(&seal("new", None), &old), None);
    assert_eq!(read(&seal("new", None), &written(&both, &session)), Some(session));
}

#[test]
fn a_smaller_session_removes_the_chunks_that_are_left_over() {
    let seal = seal("one", None);
    let cookies = SessionCookies { rules: CookieRules::new(true, "app-"), seal: &seal };
    let large = written(&seal, &session("a", 12_000));
    let small = session("b", 900);
    let after = kept(&large, &cookies.write(&small, &large).unwrap());
    assert_eq!(after.len(), 1);
    assert_eq!(cookies.read(&after), Some(small));
    assert!(kept(&after, &cookies.clear(&after)).is_empty());
}

#[test]
fn tokens_beyond_all_measure_are_refused() {
    let seal = seal("one", None);
    let cookies = SessionCookies { rules: CookieRules::new(true, "app-"), seal: &seal };
    assert_eq!(cookies.write(&session("a", 60_000), &Received::new()), Err(TooLarge));
}

#[test]
fn debug_output_holds_no_token() {
    assert_eq!(format!("{:?}", session("a", 30)), "Session { generation: \"a\", .. }");
}
