//! Mails and chats, as they are written.

use grantd_alerts::{MailText, chat};
use grantd_model::AlertMessage;
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
}

/// Whatever begins a mention or a link in Slack, Mattermost, Rocket.Chat, Google Chat or Discord.
#[test]
fn what_pings_or_links_somewhere_does_so_nowhere() {
    let mut named: AlertMessage = full();
    named.data.object = None;
    for begins in [
        "<!channel>",
        "<!here|here>",
        "<@U0123>",
        "<users/all>",
        "@channel",
        "@all",
        "@everyone",
        "ann@here",
        "<https://evil.example|mend it>",
        "https://evil.example/x",
        "mailto://evil",
        "www.evil.example",
        "evil.example",
        "[mend it](javascript:alert)",
        "[mend it][1]",
        "#town",
        "~town-square",
    ] {
        named.data.summary = format!("credential a {begins} is failing");
        named.data.detail = Some(format!("{begins} and {begins}"));
        named.data.summaries = vec![format!("credential {begins}")];
        for form in [ChatForm::Slack, ChatForm::Text] {
            let document = chat::document(form, &named);
            let text = document["text"].as_str().unwrap();
            assert!(!text.contains(begins), "{text}");
            let read = text.replace("&lt;", "<").replace("&gt;", ">");
            assert!(!read.contains(begins), "{text}");
            // to people it reads as it is
            let read = read.replace('\u{200b}', "");
            assert_eq!(read.matches(begins).count(), 4, "{text}");
        }
    }
    // our own page is a link, and a number is a number
    named.data.detail = Some("it took 1.5 s of 10.0.0.1".to_owned());
    let document = chat::document(ChatForm::Text, &named);
    let text = document["text"].as_str().unwrap();
    assert!(text.contains("it took 1.5 s of 10.0.0.1"), "{text}");
    assert!(
        text.contains("\nPage: https://grantd.example.com/console/"),
        "{text}"
    );
}
