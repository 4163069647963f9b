//! What is written is read as the same, and what is wrong is told at once.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::{
    ActorRef, Change, CredentialId, FieldError, ParameterInput, Revision, Sealed, Timestamp,
};

fn credential() -> CredentialId {
    "cred_0000000000000000000000000g".parse().unwrap()
}

fn header(name: &str, value: Option<&str>, secret: bool) -> HeaderDraft {
    HeaderDraft {
        name: name.to_owned(),
        value: value.map(Secret::from),
        secret,
    }
}

fn texts_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|it| (*it).to_owned()).collect()
}

fn full() -> ConsumerDraft {
    ConsumerDraft {
        name: "Orders".to_owned(),
        labels: [("team/one".to_owned(), "sales".to_owned())].into(),
        credential: credential().to_string(),
        scope: "orders.read orders.write".to_owned(),
        base_url: "https://api.example.com/v1/".to_owned(),
        addresses: texts_of(&["10.1.2.3:8443", "[::1]:80"]),
        headers: vec![
            header("x-api-key", Some("k"), true),
            header("accept", Some("application/json"), false),
        ],
        remove_headers: texts_of(&["x-internal"]),
        hosts: texts_of(&["orders.internal.example", "10.1.2.3"]),
        methods: texts_of(&["GET", "PROPFIND"]),
        paths: texts_of(&["/orders", "/"]),
        rejected: RejectedDraft {
            statuses: vec![401, 403],
            header: Some(RejectedHeaderDraft {
                name: "www-authenticate".to_owned(),
                contains: "invalid_token".to_owned(),
            }),
            body: Some("expired".to_owned()),
        },
        limits: LimitsDraft {
            requests_per_second: Some(10),
            burst: Some(20),
            concurrent: Some(5),
        },
        ..ConsumerDraft::default()
    }
}

/// The consumer that a draft makes, as if each secret value had been sealed.
fn kept(draft: &ConsumerDraft) -> Consumer {
    let (settings, fields) = draft.parse(credential()).unwrap();
    let value = |input| match input {
        ParameterInput::Plain(text) => ParameterValue::Plain(text),
        _ => ParameterValue::Secret {
            version: 1,
            sealed: Sealed::from_bytes(vec![1]),
        },
    };
    let fields = fields.into_iter().map(|field| Parameter {
        name: field.name,
        value: value(field.value),
    });
    let change = Change {
        at: Timestamp::from_seconds(1),
        by: ActorRef::System,
    };
    Consumer {
        id: "csm_0000000000000000000000000g".parse().unwrap(),
        slug: "orders".try_into().unwrap(),
        revision: Revision::FIRST,
        secret_counter: 1,
        enabled: true,
        settings,
        fields: fields.collect(),
        created: change.clone(),
        updated: change,
    }
}

fn faults(draft: &ConsumerDraft) -> Vec<(String, &'static str)> {
    let faults = draft.parse(credential()).unwrap_err();
    let one = |fault: FieldError| (fault.pointer, fault.code);
    faults.into_iter().map(one).collect()
}

fn fault(change: impl FnOnce(&mut ConsumerDraft)) -> Vec<(String, &'static str)> {
    let mut draft = full();
    change(&mut draft);
    faults(&draft)
}

prop_compose! {
    fn names()(
        name in "[a-z][a-z ]{0,20}[a-z]",
        description in "[a-z\n ]{0,40}",
        labels in btree_map("[a-z]{1,9}(/[a-z]{1,9})?", "[A-Za-z]{1,9}", 0..4),
        scope in "([a-z.]{1,9}( [a-z.]{1,9}){0,3})?",
        base_url in "https://[a-z]{1,9}\\.example(:[1-9][0-9]{0,3})?(/[a-z0-9]{1,9}){0,3}/?",
        addresses in vec("[a-z]{1,9}\\.test:[1-9][0-9]{0,3}", 0..3),
        hosts in vec("[A-Z]{1,9}\\.test|10\\.0\\.0\\.[1-9]|\\[fe80::[1-9]\\]", 0..4),
        paths in vec("(/[a-z0-9~@:]{1,9}){1,3}/?|/", 0..3),
        methods in vec("[A-Z]{1,6}", 0..3),
        remove_headers in vec("X-[A-Za-z]{1,9}", 0..3),
    ) -> ConsumerDraft {
        ConsumerDraft {
            name, description, labels, scope, base_url, addresses, hosts, paths, methods, remove_headers,
            credential: credential().to_string(),
            ..ConsumerDraft::default()
        }
    }
}

prop_compose! {
    fn drafts()(
        draft in names(),
        http in prop::sample::select(vec!["negotiated", "http1", "http2"]),
        callers in prop::sample::select(vec!["api_key", "loopback"]),
        placement in ("[Xx]-[A-Za-z]{1,9}-token", "[A-Za-z]{0,9}"),
        headers in btree_map("h-[a-z]{1,9}", (option::of("[!-~]{0,20}"), any::<bool>()), 0..5),
        (cookies, upgrades) in any::<(bool, bool)>(),
        statuses in btree_map(200_u16..600, Just(()), 1..8),
        rejected in (option::of(("x-[a-z]{1,9}", "[ -~]{1,20}")), option::of("[ -~]{1,20}")),
        replay_bytes in 0_u64..=1_048_576,
        times in (1_u64..=60, 1_u64..=3600, 1_u64..=86_400),
        rate in option::of((1_u64..=1_000_000, option::of(1_u64..=1_000_000))),
        concurrent in option::of(1_u64..=1_000_000),
    ) -> ConsumerDraft {
        let headers = headers.into_iter().map(|(name, (value, secret))| HeaderDraft {
            name,
            secret: secret || value.is_none(),
            value: value.map(Secret::new),
        });
        ConsumerDraft {
            http: http.to_owned(),
            callers: callers.to_owned(),
            token_header: placement.0,
            token_prefix: placement.1,
            headers: headers.collect(),
            cookies,
            upgrades,
            rejected: RejectedDraft {
                statuses: statuses.into_keys().collect(),
                header: rejected.0.map(|(name, contains)| RejectedHeaderDraft { name, contains }),
                body: rejected.1,
            },
            replay_bytes,
            timeouts: TimeoutsDraft { connect_s: times.0, answer_s: times.1, idle_s: times.2 },
            limits: LimitsDraft {
                requests_per_second: rate.map(|it| it.0),
                burst: rate.and_then(|it| it.1),
                concurrent,
            },
            ..draft
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(draft in drafts()) {
        // a list may hold one twice by chance
        prop_assume!(draft.parse(credential()).is_ok() || {
            let faults = faults(&draft);
            prop_assert!(faults.iter().all(|(_, code)| *code == "repeated"), "{faults:?}");
            false
        });
        let consumer = kept(&draft);
        let (settings, fields) = ConsumerDraft::of(&consumer).parse(credential()).unwrap();
        prop_assert_eq!(&settings, &consumer.settings);
        prop_assert_eq!(fields.len(), consumer.fields.len());
        for (field, kept) in fields.iter().zip(&consumer.fields) {
            prop_assert_eq!(&field.name, &kept.name);
            match (&field.value, &kept.value) {
                (ParameterInput::Plain(text), ParameterValue::Plain(kept)) => prop_assert_eq!(text, kept),
                (ParameterInput::Keep, ParameterValue::Secret { .. }) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

#[test]
fn values_are_written_in_one_way() {
    let draft = ConsumerDraft {
        name: " Orders ".to_owned(),
        token_header: "X-Token".to_owned(),
        hosts: texts_of(&["CRM.Example", "[::0001]"]),
        remove_headers: texts_of(&[" X-Internal"]),
        ..full()
    };
    let written = ConsumerDraft::of(&kept(&draft));
    assert_eq!(written.name, "Orders");
    assert_eq!(written.token_header, "x-token");
    assert_eq!(written.hosts, ["crm.example", "::1"]);
    assert_eq!(written.remove_headers, ["x-internal"]);
}

#[test]
fn a_secret_value_comes_in_and_is_not_written() {
    let consumer = kept(&full());
    let [key, accept] = &ConsumerDraft::of(&consumer).headers[..] else {
        panic!("two header fields");
    };
    assert!(key.secret && key.value.is_none());
    assert!(!accept.secret && accept.value.is_some());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let draft = ConsumerDraft {
        name: String::new(),
        labels: [("Team".to_owned(), "sales".to_owned())].into(),
        scope: "a\"b".to_owned(),
        base_url: "http://api.example.com".to_owned(),
        addresses: texts_of(&["10.1.2.3"]),
        http: "http3".to_owned(),
        token_header: "host".to_owned(),
        token_prefix: "Bea\nrer".to_owned(),
        headers: vec![
            header("te", Some("x"), false),
            header("x-one", None, false),
            header("x-two", Some("ä"), true),
            header("x-three", Some("3"), true),
            header("X-Three", Some("3"), true),
        ],
        remove_headers: texts_of(&["a b"]),
        hosts: texts_of(&["a.example", "A.example", "a:80"]),
        callers: "anybody".to_owned(),
        methods: texts_of(&["CONNECT"]),
        paths: texts_of(&["orders"]),
        rejected: RejectedDraft {
            statuses: vec![401, 99, 401],
            header: Some(RejectedHeaderDraft::default()),
            body: Some(String::new()),
        },
        replay_bytes: 1_048_577,
        timeouts: TimeoutsDraft {
            connect_s: 61,
            answer_s: 0,
            idle_s: 86_401,
        },
        limits: LimitsDraft {
            requests_per_second: None,
            burst: Some(0),
            concurrent: Some(5_000_000_000),
        },
        ..full()
    };
    let expected = [
        ("/name", "required"),
        ("/labels/Team", "invalid_label"),
        ("/scope", "invalid_scope_character"),
        ("/base_url", "https_required"),
        ("/addresses/0", "invalid_address"),
        ("/http", "unknown_value"),
        ("/token_header", "reserved_name"),
        ("/token_prefix", "invalid_header_value"),
        ("/headers/0/name", "reserved_name"),
        ("/headers/1/value", "required"),
        ("/headers/2/value", "invalid_header_value"),
        ("/headers/4/name", "repeated"),
        ("/remove_headers/0", "invalid_header_name"),
        ("/hosts/1", "repeated"),
        ("/hosts/2", "invalid_host"),
        ("/callers", "unknown_value"),
        ("/methods/0", "invalid_method"),
        ("/paths/0", "invalid_path"),
        ("/rejected/statuses/1", "out_of_range"),
        ("/rejected/statuses/2", "repeated"),
        ("/rejected/header/name", "required"),
        ("/rejected/header/contains", "required"),
        ("/rejected/body", "required"),
        ("/replay_bytes", "out_of_range"),
        ("/timeouts/connect_s", "out_of_range"),
        ("/timeouts/answer_s", "out_of_range"),
        ("/timeouts/idle_s", "out_of_range"),
        ("/limits/burst", "out_of_range"),
        ("/limits/concurrent", "out_of_range"),
        ("/limits/requests_per_second", "required"),
    ];
    let expected = expected.map(|(place, code)| (place.to_owned(), code));
    assert_eq!(faults(&draft), expected);
}

#[test]
fn lists_are_bounded() {
    let many = |count: usize| (0..count).map(|it| format!("a{it}")).collect::<Vec<_>>();
    assert!(full().parse(credential()).is_ok());
    let too_many = |place: &str| vec![(place.to_owned(), "too_many")];
    assert_eq!(fault(|it| it.hosts = many(33)), too_many("/hosts"));
    assert_eq!(fault(|it| it.methods = many(33)), too_many("/methods"));
    assert_eq!(
        fault(|it| it.remove_headers = many(33)),
        too_many("/remove_headers")
    );
    let header = |name: &String| header(name, Some("v"), true);
    let headers = |count| many(count).iter().map(header).collect::<Vec<_>>();
    assert_eq!(fault(|it| it.headers = headers(33)), too_many("/headers"));
    let statuses = |it: &mut ConsumerDraft| it.rejected.statuses = (400..409).collect();
    assert_eq!(fault(statuses), too_many("/rejected/statuses"));
    let none = |it: &mut ConsumerDraft| it.rejected.statuses = Vec::new();
    assert_eq!(fault(none), [("/rejected/statuses".to_owned(), "required")]);
}

#[test]
fn the_token_has_its_field_for_itself() {
    let expected = [("/headers/0/name".to_owned(), "reserved_name")];
    assert_eq!(
        fault(|it| it.token_header = "X-API-Key".to_owned()),
        expected
    );
    let authorization = |it: &mut ConsumerDraft| it.headers[0].name = "Authorization".to_owned();
    assert_eq!(fault(authorization), expected);
}
