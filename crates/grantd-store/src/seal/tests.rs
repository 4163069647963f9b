use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use grantd_model::{Origin, Randomness, Sealed, Secret, Timestamp};
use grantd_testkit::TestRandom;
use proptest::prelude::*;

use super::{Keyring, Place, SealError, Sealer};

#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn keyring(start: u8) -> Keyring {
    Keyring::generate(Timestamp::from_micros(0), &Counting(AtomicU8::new(start)))
}

fn sealer() -> Sealer {
    Sealer::new(
        keyring(1),
        "installation-a".into(),
        Arc::new(Counting::default()),
    )
}

fn place() -> Place {
    Place {
        table: "credential_secret",
        row: "cred_a".into(),
        field: "client_secret".into(),
        version: 1,
        origin: Some(Origin::try_from("https://login.example.com".to_owned()).unwrap()),
    }
}

fn changed(change: impl Fn(&mut Place)) -> Place {
    let mut place = place();
    change(&mut place);
    place
}

#[test]
fn opens_only_at_its_own_place() {
    let sealer = sealer();
    let kept = sealer
        .seal(&place(), &Secret::from("jhyun/ku[ojubbj]"))
        .unwrap();
    assert_eq!(
        sealer.open(&place(), &kept).unwrap().expose(),
        "jhyun/ku[ojubbj]"
    );
    let elsewhere = [
        changed(|p| p.table = "credential_parameter"),
        changed(|p| p.row = "cred_b".into()),
        changed(|p| p.field = "header:x-key".into()),
        changed(|p| p.version = 2),
        changed(|p| p.origin = Some(Origin::try_from("https://evil.example".to_owned()).unwrap())),
        changed(|p| p.origin = None),
    ];
    for place in elsewhere {
        assert_eq!(
            sealer.open(&place, &kept).unwrap_err(),
            SealError::Refused,
            "{place:?}"
        );
    }
    let other = Sealer::new(
        keyring(1),
        "installation-b".into(),
        Arc::new(Counting::default()),
    );
    assert_eq!(other.open(&place(), &kept).unwrap_err(), SealError::Refused);
}

#[test]
fn another_keyring_is_told_by_its_missing_key() {
    let sealed = sealer().seal(&place(), &Secret::from("x")).unwrap();
    let other = Sealer::new(
        keyring(99),
        "installation-a".into(),
        Arc::new(Counting::default()),
    );
    assert!(matches!(
        other.open(&place(), &sealed),
        Err(SealError::KeyMissing { .. })
    ));
}

#[test]
fn each_sealing_differs() {
    let sealer = sealer();
    let value = Secret::from("same");
    assert_ne!(
        sealer.seal(&place(), &value).unwrap(),
        sealer.seal(&place(), &value).unwrap()
    );
}

#[test]
fn a_value_under_another_key_is_the_same_at_its_place() {
    let old = sealer();
    let kept = old.seal(&place(), &Secret::from("a value")).unwrap();
    let both = Sealer::new(
        keyring(99).with_earlier(keyring(1)),
        "installation-a".into(),
        Arc::new(Counting::default()),
    );
    assert_eq!(both.key_ids().len(), 2);
    let moved = both.rewrap(&kept).unwrap().unwrap();
    assert_eq!(both.rewrap(&moved).unwrap(), None);
    let new = Sealer::new(
        keyring(99),
        "installation-a".into(),
        Arc::new(Counting::default()),
    );
    assert_eq!(new.open(&place(), &moved).unwrap().expose(), "a value");
    let elsewhere = changed(|p| p.version = 2);
    assert_eq!(
        new.open(&elsewhere, &moved).unwrap_err(),
        SealError::Refused
    );
    assert!(matches!(
        new.rewrap(&kept),
        Err(SealError::KeyMissing { .. })
    ));
    assert!(matches!(
        old.open(&place(), &moved),
        Err(SealError::KeyMissing { .. })
    ));
}

#[test]
fn keys_are_read_from_a_text_and_come_back_as_they_were() {
    let first = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let second = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let one = Keyring::of_text(&Secret::from(first)).unwrap();
    let two = Keyring::of_text(&Secret::new(format!("{second}, {first}\n"))).unwrap();
    let ids = |keyring: &Keyring| -> Vec<String> {
        keyring.material().into_iter().map(|it| it.id).collect()
    };
    assert_eq!(ids(&two)[1..], ids(&one));
    assert_eq!(ids(&Keyring::of(two.material()).unwrap()), ids(&two));
    for wrong in [
        "",
        "short",
        &format!("{first},"),
        &format!("{first},{first}"),
    ] {
        let error = Keyring::of_text(&Secret::from(wrong)).unwrap_err();
        assert!(!error.to_string().contains("short"), "{error}");
    }
}

proptest! {
    #[test]
    fn any_value_comes_back(value in "\\PC{0,200}") {
        let sealer = sealer();
        let sealed = sealer.seal(&place(), &Secret::new(value.clone())).unwrap();
        let opened = sealer.open(&place(), &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &value);
    }

    #[test]
    fn one_flipped_bit_is_refused(bit in 0_usize..10_000) {
        let sealer = sealer();
        let sealed = sealer.seal(&place(), &Secret::from("a secret value")).unwrap();
        let mut bytes = sealed.as_bytes().to_vec();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(sealer.open(&place(), &Sealed::from_bytes(bytes)).is_err());
    }

    #[test]
    fn rubbish_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(sealer().open(&place(), &Sealed::from_bytes(bytes)).is_err());
    }
}

#[test]
fn keys_of_another_place_open_and_are_never_written_down_here() {
    let random = TestRandom::seeded(4);
    let new = || Keyring::generate(Timestamp::from_seconds(0), &random);
    let (own, other) = (new(), new());
    let foreign = other.ids().concat();
    let both = own.with_borrowed(other);
    assert!(both.ids().contains(&foreign.as_str()));
    // also when the keys are rotated meanwhile
    let rotated = new().with_earlier(both.clone());
    for keyring in [both, rotated] {
        assert!(keyring.ids().contains(&foreign.as_str()));
        let kept: Vec<_> = keyring.material().into_iter().map(|key| key.id).collect();
        assert!(!kept.contains(&foreign), "{kept:?}");
    }
}
