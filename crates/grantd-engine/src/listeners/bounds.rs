//! The bounds that an admin sets for listeners: which credential opens which mailbox, and where its
//! tokens may go.

use grantd_model::bound_host::is_bound;
use grantd_model::listener::{
    DeliverySettings, EXCHANGE_ONLINE, MailEndpointChoice, SpoolName, is_allowed_mailbox,
};
use grantd_model::{
    Action, Actor, Credential, CredentialId, FieldError, Invalid, ListenerDraft, ListenerSettings,
};
use grantd_store::CredentialReader;

use crate::credentials::find::find_usable;
use crate::{Engine, EngineError, access};

/// Hosts of Entra's token endpoints; what they issue may be meant for Exchange Online.
const ENTRA: [&str; 3] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

impl Engine {
    /// Reads a draft, and finds its credential.
    pub(crate) async fn read_draft(
        &self,
        credentials: &mut (dyn CredentialReader + '_),
        actor: &Actor,
        draft: &ListenerDraft,
    ) -> Result<(ListenerSettings, Credential), EngineError> {
        let found = find_usable(credentials, actor, &draft.credential).await?;
        let Some(credential) = found else {
            let detail = "the slug or id of a credential that you may use is expected";
            let mut faults = vec![Invalid::new("unknown_credential", detail).at("/credential")];
            // everything that is wrong is told at once
            let any = CredentialId::new(self.now(), self.random());
            faults.extend(draft.parse(any).err().unwrap_or_default());
            return Err(EngineError::Fields(faults));
        };
        let settings = draft.parse(credential.id).map_err(EngineError::Fields)?;
        let faults = self.beyond(&settings, &credential);
        if faults.is_empty() {
            Ok((settings, credential))
        } else {
            Err(EngineError::Fields(faults))
        }
    }

    /// What lies beyond the bounds.
    fn beyond(&self, settings: &ListenerSettings, credential: &Credential) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if !is_allowed_mailbox(&credential.settings.allowed_mailboxes, &settings.mailbox) {
            faults.push(mailbox_not_allowed(credential).at("/mailbox"));
        }
        if let MailEndpointChoice::At(endpoint) = &settings.endpoint
            && !may_go_to(credential, endpoint.host())
        {
            let detail = format!(
                "a host that the credential `{}` is bound to is expected; an admin adds `{}` to its \
                 bound hosts",
                credential.slug,
                endpoint.host()
            );
            faults.push(Invalid::new("host_not_bound", detail).at("/endpoint"));
        }
        let DeliverySettings::Spool { spool, .. } = &settings.delivery;
        let declared = self.parts().mail.spools();
        if !declared.contains(spool) {
            let names: Vec<String> = declared.iter().map(|name| format!("`{name}`")).collect();
            let detail = if names.is_empty() {
                "the name of a declared spool folder is expected; none is declared in the \
                 configuration file, as `[spools.NAME]`"
                    .to_owned()
            } else {
                format!(
                    "one of the declared spool folders is expected: {}",
                    names.join(", ")
                )
            };
            faults.push(Invalid::new("unknown_spool", detail).at("/delivery/spool"));
        }
        faults
    }
}

/// Says that the mailbox is beyond what an admin allows.
pub(crate) fn mailbox_not_allowed(credential: &Credential) -> Invalid {
    let allowed = &credential.settings.allowed_mailboxes;
    let allowed = if allowed.is_empty() {
        "none so far".to_owned()
    } else {
        allowed.join(", ")
    };
    let detail = format!(
        "a mailbox that the credential `{}` may open is expected ({allowed}); an admin adds it to \
         its allowed mailboxes",
        credential.slug
    );
    Invalid::new("mailbox_not_allowed", detail)
}

/// Whether a token of the credential may be sent to this host: to what it is bound to, and with
/// Entra's to Exchange Online.
pub(crate) fn may_go_to(credential: &Credential, host: &str) -> bool {
    if is_bound(&credential.settings.bound_hosts, host) {
        return true;
    }
    let issued_by = credential.settings.token_endpoint.url().host_str();
    let online = EXCHANGE_ONLINE.split('/').nth(2);
    online.is_some_and(|online| online.eq_ignore_ascii_case(host))
        && issued_by.is_some_and(|host| ENTRA.contains(&host))
}

impl Engine {
    /// The spool folders that the configuration declares.
    ///
    /// # Errors
    /// Without a grant to manage something, for which one may be picked.
    pub fn list_spools(&self, actor: &Actor) -> Result<Vec<SpoolName>, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        Ok(self.parts().mail.spools())
    }
}
