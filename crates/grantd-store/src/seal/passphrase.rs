//! A keyring under a passphrase, to be kept apart from the backups of the database.
//!
//! Key: argon2id (RFC 9106) over the passphrase with 64 MiB, three passes, one lane. The keyring file is then
//! encrypted by AES-256-GCM-SIV; everything that stands beside the ciphertext is authenticated with it.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64;
use grantd_model::{Randomness, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::keyring::Keyring;
use super::keyring_file::{parse, render};

/// The fewest characters of a passphrase: whoever has the file can try as long as they like.
const FEWEST: usize = 12;

const FORMAT: u32 = 1;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// More than this is not spent on a file that somebody else may have made.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 20;
const KEY_LEN: usize = 32;
const SALT_LEN: usize = 16;

/// Why an exported keyring was not written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// The passphrase is too short.
    #[error("a passphrase of at least {FEWEST} characters is expected")]
    TooShort,
    /// The file is no exported keyring.
    #[error("it is no exported keyring of grantd: {0}")]
    NotExported(String),
    /// The passphrase is another one, or the file was altered.
    #[error("the passphrase is not the one of this file, or the file was altered")]
    Refused,
    /// The library refused.
    #[error("the keyring could not be encrypted")]
    NotEncrypted,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    grantd_keyring_export: u32,
    created_at: Timestamp,
    /// The ids of the keys in it, the one that seals first.
    keys: Vec<String>,
    kdf: Kdf,
    nonce: String,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kdf {
    algorithm: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

/// Encrypts a keyring under a passphrase.
///
/// # Errors
/// When the passphrase is too short.
pub fn export_keyring(
    keyring: &Keyring,
    passphrase: &Secret<String>,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<String, PassphraseError> {
    if passphrase.expose().chars().count() < FEWEST {
        return Err(PassphraseError::TooShort);
    }
    let (mut salt, mut nonce) = ([0; SALT_LEN], [0; NONCE_LEN]);
    random.fill(&mut salt);
    random.fill(&mut nonce);
    let mut document = Document {
        grantd_keyring_export: FORMAT,
        created_at: now,
        keys: keyring.ids().into_iter().map(str::to_owned).collect(),
        kdf: Kdf {
            algorithm: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: BASE64.encode(&salt),
        },
        nonce: BASE64.encode(&nonce),
        ciphertext: String::new(),
    };
    let key = derive(passphrase, &document.kdf)?;
    let mut sealed = render(keyring).expose().as_bytes().to_vec();
    let done = cipher(&key)?.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(associated(&document)),
        &mut sealed,
    );
    if done.is_err() {
        sealed.zeroize();
        return Err(PassphraseError::NotEncrypted);
    }
    document.ciphertext = BASE64.encode(&sealed);
    let text = serde_json::to_string_pretty(&document);
    let mut text = text.map_err(|_| PassphraseError::NotEncrypted)?;
    text.push('\n');
    Ok(text)
}

/// Decrypts a keyring that was exported.
///
/// # Errors
/// When it is no such file, or the passphrase is another one.
pub fn import_keyring(text: &str, passphrase: &Secret<String>) -> Result<Keyring, PassphraseError> {
    let wrong = |what: &str| PassphraseError::NotExported(what.to_owned());
    let document: Document = serde_json::from_str(text)
        .map_err(|error| wrong(&format!("line {} column {}", error.line(), error.column())))?;
    if document.grantd_keyring_export != FORMAT {
        return Err(wrong(&format!(
            "format {FORMAT} is expected, it is {}",
            document.grantd_keyring_export
        )));
    }
    let key = derive(passphrase, &document.kdf)?;
    let decoded = |text: &str| {
        BASE64
            .decode(text.as_bytes())
            .map_err(|_| wrong("no base64"))
    };
    let nonce = decoded(&document.nonce)?;
    let nonce = <[u8; NONCE_LEN]>::try_from(nonce.as_slice());
    let nonce = nonce.map_err(|_| wrong("the nonce has another length"))?;
    let mut sealed = decoded(&document.ciphertext)?;
    let opened = cipher(&key)?.open_in_place(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(associated(&document)),
        &mut sealed,
    );
    let clear = opened.map_err(|_| PassphraseError::Refused)?;
    let keyring = match std::str::from_utf8(clear) {
        Ok(text) => parse(text).map_err(PassphraseError::NotExported),
        Err(_) => Err(PassphraseError::Refused),
    };
    sealed.zeroize();
    keyring
}

/// What is authenticated beside the ciphertext.
fn associated(document: &Document) -> Vec<u8> {
    let kdf = &document.kdf;
    format!(
        "grantd keyring export {FORMAT}\n{}\n{}\n{} {} {} {} {}",
        document.created_at,
        document.keys.join(" "),
        kdf.algorithm,
        kdf.memory_kib,
        kdf.passes,
        kdf.lanes,
        kdf.salt
    )
    .into_bytes()
}

fn derive(
    passphrase: &Secret<String>,
    kdf: &Kdf,
) -> Result<Secret<[u8; KEY_LEN]>, PassphraseError> {
    let wrong = |what: &str| PassphraseError::NotExported(what.to_owned());
    if kdf.algorithm != "argon2id" {
        return Err(wrong("another key derivation than argon2id"));
    }
    if kdf.memory_kib > MOST_MEMORY_KIB || kdf.passes > MOST_PASSES {
        return Err(wrong(
            "a key derivation that costs more than is spent on it",
        ));
    }
    let salt = BASE64.decode(kdf.salt.as_bytes());
    let salt = salt.map_err(|_| wrong("no base64"))?;
    let params = Params::new(kdf.memory_kib, kdf.passes, kdf.lanes, Some(KEY_LEN));
    let params = params.map_err(|_| wrong("a key derivation that is none"))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let mut key = [0; KEY_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            passphrase.expose().as_bytes(),
            &salt,
            &mut key,
            &mut memory,
        )
        .map_err(|_| wrong("a key derivation that is none"))?;
    let secret = Secret::new(key);
    key.zeroize();
    Ok(secret)
}

fn cipher(key: &Secret<[u8; KEY_LEN]>) -> Result<LessSafeKey, PassphraseError> {
    UnboundKey::new(&AES_256_GCM_SIV, key.expose())
        .map(LessSafeKey::new)
        .map_err(|_| PassphraseError::NotEncrypted)
}

#[cfg(test)]
mod tests {
    use grantd_testkit::TestRandom;

    use super::*;

    const PASSPHRASE: &str = "canary passphrase of a test";

    fn keyring() -> Keyring {
        let random = TestRandom::seeded(1);
        let now = Timestamp::from_seconds(1);
        let earlier = Keyring::generate(now, &random);
        Keyring::generate(now, &random).with_earlier(earlier)
    }

    fn exported() -> String {
        let now = Timestamp::from_seconds(9);
        let random = TestRandom::seeded(2);
        export_keyring(&keyring(), &Secret::from(PASSPHRASE), now, &random).unwrap()
    }

    fn imported(text: &str, passphrase: &str) -> Result<Vec<String>, PassphraseError> {
        let keyring = import_keyring(text, &Secret::from(passphrase))?;
        let material = keyring.material().into_iter();
        Ok(material
            .map(|key| format!("{} {}", key.id, key.key.expose()))
            .collect())
    }

    #[test]
    fn it_comes_back_with_every_key_and_holds_none_in_clear() {
        let text = exported();
        let keys = imported(&text, PASSPHRASE).unwrap();
        let expected = keyring().material();
        for (key, expected) in keys.iter().zip(&expected) {
            assert_eq!(*key, format!("{} {}", expected.id, expected.key.expose()));
            assert!(!text.contains(expected.key.expose()));
            assert!(text.contains(&expected.id), "it names its keys");
        }
        assert_eq!(keys.len(), 2);
    }

    #[test]
    fn another_passphrase_and_an_altered_file_are_refused() {
        let text = exported();
        let refused = Err(PassphraseError::Refused);
        assert_eq!(imported(&text, "another passphrase"), refused);
        let first = keyring().material()[0].id.clone();
        for (from, to) in [
            (first.as_str(), "0000000000000000"),
            ("1970-01-01T00:00:09Z", "1970-01-01T00:00:08Z"),
            ("\"passes\": 3", "\"passes\": 4"),
        ] {
            let altered = text.replace(from, to);
            assert_ne!(altered, text, "{from}");
            assert_eq!(imported(&altered, PASSPHRASE), refused, "{from}");
        }
    }

    #[test]
    fn what_is_no_export_or_costs_too_much_is_told() {
        for (text, expected) in [
            ("{}".to_owned(), "line 1 column 2"),
            (
                exported().replace("export\": 1", "export\": 2"),
                "format 1 is expected, it is 2",
            ),
            (exported().replace("65536", "65536000"), "costs more"),
        ] {
            let error = imported(&text, PASSPHRASE).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let short = export_keyring(
            &keyring(),
            &Secret::from("too short"),
            Timestamp::from_seconds(9),
            &TestRandom::seeded(2),
        );
        assert_eq!(short, Err(PassphraseError::TooShort));
    }
}
