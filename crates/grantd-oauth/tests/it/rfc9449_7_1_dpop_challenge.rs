//! RFC 9449 section 7.1: challenges of the scheme `DPoP`, alone and beside Bearer.

use grantd_oauth::parse_challenges;

#[test]
fn the_standards_own_examples() {
    let read = parse_challenges(&[
        "DPoP error=\"invalid_token\", error_description=\"Invalid DPoP key binding\", \
         algs=\"ES256\"",
    ]);
    assert_eq!(read[0].scheme, "dpop");
    assert_eq!(read[0].parameter("error"), Some("invalid_token"));
    assert_eq!(read[0].parameter("algs"), Some("ES256"));
    let read = parse_challenges(&[
        "Bearer, DPoP algs=\"ES256 PS256\"",
        "Bearer error=\"invalid_token\", DPoP error=\"use_dpop_nonce\", algs=\"ES256\"",
    ]);
    let told = read
        .iter()
        .map(|each| (each.scheme.as_str(), each.parameter("error")));
    let expected = [
        ("bearer", None),
        ("dpop", None),
        ("bearer", Some("invalid_token")),
        ("dpop", Some("use_dpop_nonce")),
    ];
    assert!(told.eq(expected), "{read:?}");
}
