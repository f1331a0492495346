//! Tests of `srp`, with an exchange computed by `amazon-cognito-identity-js` 6.3.21.

use super::*;

const POOL: &str = "AbCdEf123";
const SALT: [u8; 16] = 0xf1e2_d3c4_b5a6_9788_7766_5544_3322_1100_u128.to_be_bytes();
const SERVER_PRIVATE: [u8; 32] = [0x22; 32];
const CLIENT_PUBLIC: &str = concat!(
    "f2c4e7407ccfac452a7c7e1034e8388bf70b3aea30007fd146ae4c54b341d252f7752a43f24cd28368a96f455f9ee00e",
    "b4312863c2560b7162587cd2c962b588cae47a9ac339433f9fc7d3563c1abb952acc1e3dd565fc9ecde1ac7cc5936274",
    "94abc14dbb2410bc3dc4a0cf5e6f2f7af643f1d2c888180b50375a28902031b3c7052284d5d32b9dd8ee35c6c0cb9ee5",
    "2288bcbc52deb224c55391da65ec10e66f8c41cc7d0c12b7a75f171ada3cb4c21fba22c4ad59ad4685cd63080d92d959",
    "cc54fcda8022cb856ce27c6e2ae2c81f6f9fa8cad13cfb22dc202b650e14014498bf3afd56c95a8cf956c46e3aedb2f2",
    "0b4d1d8ebf2e9ef26955e228142b1168b1bfd7383d403ccbb00d89ca6843e39b7a44d7741a063bd4edb9c054606f59c7",
    "416327aa574b2f6d910606d9677c5018d07e080cd342ac446d35fd481f7818c780deb9508aeba3483493e43c98c6885e",
    "09883b8feb7e903e16468e7a1fc3df0cc55c71d1b3e4b4574d40699be76bca7abdf7938cfb2068cacca3b49b35a49099",
);
const SERVER_PUBLIC: &str = concat!(
    "d1bfa920a2a3920927176a46bbe243975eef64b6bac2ef3ad6e35442002c6067eb3650660b209a00e3aef7ca98f37302",
    "3c4f1b17ee8f2b0a2dce34bacf4e49bb75be7f41965ac13d9cf58e2b3e8dd07527b60582f02e084414681db37331767d",
    "a5f805dc1979c21a4df9aabf4494496864fde38f1d0fbe7580c22d6e4cb5a645da120d39c3d3b94a4750000443d19293",
    "3ae7cb3dedcddcbc25f610f66880dc23ec3e9f8ef67555e60db8f366580a2b27e4d1c6aeff40b5dd050a70eaa2b7f055",
    "96e0899182f78b07f54e395d052aa4a0d6e471fddb44a521b122545100394f33b9aba624f537c578c83f5338e946582b",
    "93aa85da0d74ae7c653473e21f701c4f284a9d480c82f70fa8aed072603eda411a40e69292d7c951f0a3be7abb5f4c5c",
    "1d86f33ebfd247365f6cfa8a045224acf13a702abfbe2487e13f9d77ff5ba861c2f52c6e8e7384086a01fe80ed2376af",
    "057477115f32858a5952a6912a90716db15b6d68bcf063ebb9cc678ae421611e11cc4bac4314b15717c67f275064f009",
);
const VERIFIER: &str = concat!(
    "2b65452fbac9abe5e389621912097b27c077bf3335238693d13f00d8861d934f2a876a6e548cb265ed04e5892739676c",
    "376b7049cda0d53421548be8e4e830f2678e97aeefc7dc2ef8916292f143dc4362cbc6d1643b47b35d922ca028a5cd32",
    "c3110cc68b3edcd846edbe3828704fffe223eba8a04e64a6f13686fba891dea0762ac055f6e8b5bc9718dc6de66baa9b",
    "8bef642a1bc375697091803bb728f70d0920feb1a7f92d011845adf30eb52f48d35b03a5034814a0fffee89cf8c92e7e",
    "2357f01e91e3627468027a049c370f35198ec1f0727e4fae1636ad3edd7dc58de9cf542364ee08dfa5fc693bf5bd95ef",
    "b3f96e513198e5728ff3b017056756294a268cc0c0bc0c989458eb688c9aa94318d79e575dcb8f424f753d13091b2fb1",
    "3b58b46fce7bf9cd1dd34c237717d9c006fea893b5390edf17df3ac91951507e2212a6a183da850748dba5c858d292aa",
    "40557bca492086ce0078dd2e38a88b8db89ab197acc75af60c16ee7856638eabc45251bee4a525c42ae14de30a090d5b",
);
const CLAIM: Claim<'_> = Claim {
    pool_name: POOL,
    user_id: "alice",
    secret_block: b"secret-block-example",
    timestamp: "Tue Jan 2 03:04:05 UTC 2024",
};
const SIGNATURE: &str = "t0UU+gowQS6JRF530v9VTVi2HPmnOcvQgS5DjP1Ov7U=";

fn verifier() -> Verifier {
    Verifier::new(POOL, "alice", "Passw0rd!", SALT).unwrap()
}

fn key_of(verifier: &Verifier) -> SessionKey {
    let server_public = verifier.server_public(&SERVER_PRIVATE).unwrap();
    let client_public = ClientPublic::parse(CLIENT_PUBLIC).unwrap();
    verifier.session_key(&client_public, &server_public, &SERVER_PRIVATE).unwrap()
}

#[test]
fn the_multiplier_is_the_hash_of_the_group() {
    let bytes = [padded(&group().unwrap()), vec![2]].concat();
    assert_eq!(hex(&sha256(&bytes)), MULTIPLIER);
}

#[test]
fn every_step_is_that_of_the_sdk() {
    let verifier = verifier();
    assert_eq!(verifier.salt_hex, "f1e2d3c4b5a697887766554433221100");
    assert_eq!(verifier.verifier_hex, VERIFIER);
    assert_eq!(verifier.server_public(&SERVER_PRIVATE).unwrap(), SERVER_PUBLIC);
    let key = key_of(&verifier);
    assert_eq!(hex(&key.0), "9737b238b25fa53228f2d5d9eac1662b");
    assert_eq!(key.signature(&CLAIM), SIGNATURE);
    assert!(key.is_signed(&CLAIM, SIGNATURE));
}

#[test]
fn another_password_claim_or_signature_does_not_pass() {
    let wrong = Verifier::new(POOL, "alice", "Passw0rd?", SALT).unwrap();
    assert!(!key_of(&wrong).is_signed(&CLAIM, SIGNATURE));
    let key = key_of(&verifier());
    assert!(!key.is_signed(&Claim { timestamp: "Tue Jan 2 03:04:06 UTC 2024", ..CLAIM }, SIGNATURE));
    assert!(!key.is_signed(&Claim { user_id: "bob", ..CLAIM }, SIGNATURE));
    assert!(!key.is_signed(&CLAIM, ""));
    assert!(!key.is_signed(&CLAIM, &SIGNATURE[1..]));
}

#[test]
fn a_password_in_clear_can_be_checked_too() {
    assert_eq!(verifier().is_password(POOL, "alice", "Passw0rd!"), Ok(true));
    assert_eq!(verifier().is_password(POOL, "alice", "passw0rd!"), Ok(false));
    assert_eq!(verifier().is_password(POOL, "bob", "Passw0rd!"), Ok(false));
}

#[test]
fn a_client_number_that_is_a_multiple_of_the_prime_is_refused() {
    let prime = hex(&group().unwrap().to_vec());
    let double = hex(&(&*group().unwrap() + &*group().unwrap()).to_vec());
    let long = "1".repeat(5000);
    for text in ["", "0", "00", "-1", "+1", " 1", "xyz", "1é", &prime, &format!("00{prime}"), &double, &long] {
        assert_eq!(ClientPublic::parse(text), Err(SrpFault::OutOfRange), "{text}");
    }
    assert_eq!(ClientPublic::parse("00A").unwrap().as_hex(), "0a");
}

#[test]
fn a_verifier_made_by_a_client_is_read_as_twos_complement() {
    let value = group().unwrap();
    let below = padded(&(&*value - &*BigNum::from_u32(1).unwrap()));
    assert_eq!(below[0], 0);
    assert!(Verifier::from_client(&SALT, &below).is_ok());
    assert_eq!(Verifier::from_client(&SALT, &padded(&value)), Err(SrpFault::OutOfRange));
    for bytes in [&[][..], &[0], &[1], &[1; 400]] {
        assert_eq!(Verifier::from_client(&SALT, bytes), Err(SrpFault::OutOfRange));
    }
    assert_eq!(Verifier::from_client(&[], &below), Err(SrpFault::OutOfRange));
}

#[test]
fn a_salt_with_a_leading_zero_is_hashed_as_a_number() {
    let mut salt = SALT;
    salt[0] = 0;
    let stored = Verifier::new(POOL, "alice", "Passw0rd!", salt).unwrap();
    let cut = Verifier { salt_hex: stored.salt_hex[2..].to_owned(), verifier_hex: stored.verifier_hex.clone() };
    assert_eq!(cut.is_password(POOL, "alice", "Passw0rd!"), Ok(true));
}

#[test]
fn nobody_has_a_stable_verifier_that_works_like_any_other() {
    let nobody = Verifier::decoy(b"secret", POOL, "nobody").unwrap();
    assert_eq!(nobody, Verifier::decoy(b"secret", POOL, "nobody").unwrap());
    assert_ne!(nobody, Verifier::decoy(b"secret", POOL, "nobody else").unwrap());
    assert_eq!(nobody.salt_hex.len(), 32);
    assert!(!key_of(&nobody).is_signed(&CLAIM, SIGNATURE));
}

#[test]
fn neither_verifier_nor_key_prints_itself() {
    assert_eq!(format!("{:?} {:?}", verifier(), key_of(&verifier())), "Verifier SessionKey");
}
