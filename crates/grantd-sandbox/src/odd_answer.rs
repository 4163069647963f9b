//! Token responses that are odd: a client has to read them with care, or not at all.

/// What is odd about a token response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// Its numbers are texts.
    StringNumbers,
    /// Its token ended before it was issued.
    NegativeLifetime,
    /// Its token outlives everybody.
    AbsurdLifetime,
    /// It has its token twice, and they differ.
    DuplicateMembers,
    /// Its token would end a header field and begin another one.
    ControlCharacters,
}

impl Odd {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::StringNumbers,
        Self::NegativeLifetime,
        Self::AbsurdLifetime,
        Self::DuplicateMembers,
        Self::ControlCharacters,
    ];

    /// Its name in fault documents.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::StringNumbers => "string_numbers",
            Self::NegativeLifetime => "negative_lifetime",
            Self::AbsurdLifetime => "absurd_lifetime",
            Self::DuplicateMembers => "duplicate_members",
            Self::ControlCharacters => "control_characters",
        }
    }

    /// How a request ends that meets it.
    pub(crate) const fn outcome(self) -> &'static str {
        match self {
            Self::StringNumbers => "fault_string_numbers",
            Self::NegativeLifetime => "fault_negative_lifetime",
            Self::AbsurdLifetime => "fault_absurd_lifetime",
            Self::DuplicateMembers => "fault_duplicate_members",
            Self::ControlCharacters => "fault_control_characters",
        }
    }

    /// The token response.
    pub(crate) const fn body(self) -> &'static str {
        match self {
            Self::StringNumbers => {
                r#"{"access_token":"sbx_odd-1","token_type":"Bearer","expires_in":"3599"}"#
            }
            Self::NegativeLifetime => {
                r#"{"access_token":"sbx_odd-2","token_type":"Bearer","expires_in":-1}"#
            }
            Self::AbsurdLifetime => {
                r#"{"access_token":"sbx_odd-3","token_type":"Bearer","expires_in":1e30}"#
            }
            Self::DuplicateMembers => {
                r#"{"access_token":"sbx_odd-4","access_token":"sbx_odd-5","token_type":"Bearer","expires_in":60}"#
            }
            Self::ControlCharacters => {
                r#"{"access_token":"sbx_odd-6\r\nX-Evil: 1","token_type":"Bearer","expires_in":60}"#
            }
        }
    }
}
