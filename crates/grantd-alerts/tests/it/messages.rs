//! Mails and chats, as they are written.

use grantd_alerts::{MailText, chat};
use grantd_model::alert::ChatForm;

use super::{email, full, id, plain};

#[test]
fn a_mail_in_ascii_is_readable_as_it_is() {
    let settings = email(|_| {});
    let mail = MailText::of(&settings, id(), &plain());
    insta::assert_snapshot!(mail.as_str().replace("\r\n", "\n"));
}

#[test]
fn a_mail_with_other_letters_is_encoded() {
    let settings = email(|_| {});
    let mail = MailText::of(&settings, id(), &full());
    assert!(mail.as_str().is_ascii());
    insta::assert_snapshot!(mail.as_str().replace("\r\n", "\n"));
}

#[test]
fn a_name_makes_no_header_of_its_own() {
    let mut message = plain();
    message.data.summary = "a\r\nBcc: evil@example.com".to_owned();
    let settings = email(|_| {});
    let mail = MailText::of(&settings, id(), &message);
    assert!(!mail.as_str().contains("Bcc"), "{}", mail.as_str());
}

#[test]
fn nothing_in_a_chat_pings_or_is_markup() {
    insta::assert_json_snapshot!("chat_slack", chat::document(ChatForm::Slack, &full()));
    insta::assert_json_snapshot!("chat_teams", chat::document(ChatForm::Teams, &full()));
    insta::assert_json_snapshot!("chat_text", chat::document(ChatForm::Text, &full()));
    let text = chat::document(ChatForm::Slack, &full()).to_string();
    assert!(!text.contains("<!channel>"), "{text}");
}
