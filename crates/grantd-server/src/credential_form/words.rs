//! The words of a credential's members, for the document; reading and showing go by the model.

use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident),* })*) => {
        $(
            $(#[$doc])*
            #[derive(ToSchema)]
            #[schema(rename_all = "snake_case")]
            #[expect(dead_code, reason = "documents the words alone")]
            pub(crate) enum $name { $($variant,)* }
        )*
    };
}

words! {
    /// The authorization server's make.
    ProviderWord { Generic, Entra, Adfs, Okta, Auth0, Google }
    /// How the client authenticates.
    MethodWord { ClientSecretBasic, ClientSecretPost }
    /// How id and secret are encoded in the header.
    EncodingWord { Percent, Raw }
    /// Where the secret is.
    SourceWord { Internal, External }
}
