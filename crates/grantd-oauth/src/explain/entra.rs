//! table: Microsoft Entra ID, from its reference of authentication and authorization error codes
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>, as far as the
//! client credentials grant meets them.

use super::Explanation;

const fn code(code: &'static str, meaning: &'static str, remedy: &'static str) -> Explanation {
    Explanation {
        code,
        meaning,
        remedy,
    }
}

/// By number.
pub(super) const CODES: &[Explanation] = &[
    // the secret
    code(
        "AADSTS7000215",
        "the client secret is wrong",
        "paste the secret's value, not its Secret ID; the value is shown only once, so make a new \
         secret if it is lost, and give a new one a minute to take effect",
    ),
    code(
        "AADSTS7000222",
        "the client secret has expired",
        "make a new client secret in the app registration under Certificates & secrets, and enter \
         its value here",
    ),
    code(
        "AADSTS70002",
        "the client's credentials were not accepted",
        "compare client id and client secret with the app registration",
    ),
    code(
        "AADSTS7000216",
        "the request held no client secret for the client credentials grant",
        "let the secret be sent: choose Basic or body as the authentication method and see that \
         nothing on the way strips it",
    ),
    code(
        "AADSTS7000218",
        "the request held no client secret and no client assertion",
        "enter a client secret, and see that the app is not registered as a public client",
    ),
    code(
        "AADSTS700025",
        "the app is registered as a public client and may not send a secret",
        "use the registration of a confidential client, with the platform Web",
    ),
    // the client
    code(
        "AADSTS700016",
        "no app with this client id exists in this tenant",
        "compare the client id (Application ID) and the tenant in the token endpoint; a \
         multi-tenant app needs an admin's consent in this tenant first",
    ),
    code(
        "AADSTS70001",
        "the app is disabled or not known in this tenant",
        "enable the app under Enterprise applications, and check client id and tenant",
    ),
    code(
        "AADSTS700011",
        "no app with this identifier exists in this tenant",
        "compare the client id and the tenant in the token endpoint",
    ),
    code(
        "AADSTS7000112",
        "the app is disabled",
        "enable sign-in for it under Enterprise applications, Properties",
    ),
    code(
        "AADSTS7000229",
        "the app has no service principal in this tenant",
        "create it, for example with `az ad sp create --id CLIENT_ID`, or by an admin's consent",
    ),
    code(
        "AADSTS1000031",
        "the app can not be used at this time",
        "ask an administrator of the tenant whether the app was blocked",
    ),
    // the tenant and the endpoint
    code(
        "AADSTS90002",
        "no such tenant",
        "check tenant id or domain in the token endpoint, and that the endpoint is of the right \
         cloud (public, US government, China)",
    ),
    code(
        "AADSTS50059",
        "the request does not say which tenant is meant",
        "put the tenant id into the token endpoint in place of `common` or `organizations`",
    ),
    code(
        "AADSTS50128",
        "the request does not say which tenant is meant",
        "put the tenant id or a verified domain into the token endpoint",
    ),
    code(
        "AADSTS90019",
        "the tenant can not be told from the request",
        "put the tenant id into the token endpoint in place of `common`",
    ),
    code(
        "AADSTS50194",
        "the app is of one tenant and can not use the endpoint `/common`",
        "put the tenant id into the token endpoint in place of `common`",
    ),
    code(
        "AADSTS9001023",
        "this grant does not work on `/common` and `/consumers`",
        "put the tenant id into the token endpoint",
    ),
    code(
        "AADSTS90124",
        "the resource does not work on `/common` and `/consumers`",
        "put the tenant id into the token endpoint",
    ),
    code(
        "AADSTS90130",
        "the app does not work on `/common` and `/consumers`",
        "put the tenant id into the token endpoint",
    ),
    code(
        "AADSTS50049",
        "the host of the token endpoint is no known instance",
        "use `https://login.microsoftonline.com/TENANT/oauth2/v2.0/token` or that of your national \
         cloud",
    ),
    code(
        "AADSTS90038",
        "the tenant is of a national cloud",
        "use the token endpoint of that cloud",
    ),
    code(
        "AADSTS900432",
        "confidential clients can not ask across clouds",
        "use the token endpoint of the cloud in which the app is registered",
    ),
    code(
        "AADSTS900382",
        "confidential clients can not ask across clouds",
        "use the token endpoint of the cloud in which the app is registered",
    ),
    code(
        "AADSTS900561",
        "the address does not take POST, so it is no token endpoint",
        "use the address that ends in `/oauth2/v2.0/token`, not that of `/authorize`",
    ),
    // scope and resource
    code(
        "AADSTS70011",
        "the scope is not valid",
        "ask for one scope of the form `RESOURCE/.default`, such as \
         `https://graph.microsoft.com/.default`",
    ),
    code(
        "AADSTS1002012",
        "for client credentials the scope has to end in `/.default`",
        "replace the permission by `.default`: `https://graph.microsoft.com/.default` in place of \
         `https://graph.microsoft.com/Mail.Read`; permissions are granted in the registration",
    ),
    code(
        "AADSTS28002",
        "the scope is not valid for an access token",
        "ask for one scope of the form `RESOURCE/.default`",
    ),
    code(
        "AADSTS700022",
        "the scope names more than one resource",
        "ask for one `RESOURCE/.default` only, and make a credential for each resource",
    ),
    code(
        "AADSTS700023",
        "the scope names no resource",
        "ask for one scope of the form `RESOURCE/.default`",
    ),
    code(
        "AADSTS500011",
        "the resource that the scope names does not exist in this tenant",
        "compare what stands before `/.default` with the Application ID URI of the API, and see \
         that the API is known in this tenant",
    ),
    code(
        "AADSTS50001",
        "the resource does not exist or is disabled",
        "compare the resource with the Application ID URI of the API",
    ),
    code(
        "AADSTS901002",
        "this endpoint does not take the parameter `resource`",
        "remove the resource and ask for the scope `RESOURCE/.default`",
    ),
    code(
        "AADSTS90009",
        "the app asks for a token for itself by a name",
        "name the resource by the client id in place of its URI",
    ),
    code(
        "AADSTS650052",
        "the organization has not subscribed to the service or has no service principal for it",
        "let an administrator subscribe to the service or add it to the tenant",
    ),
    code(
        "AADSTS650057",
        "the resource is not listed among the permissions of the app",
        "add a permission of that API in the app registration, and grant admin consent",
    ),
    // permission and policy
    code(
        "AADSTS65001",
        "nobody has consented to the app for this resource",
        "let an administrator grant consent under API permissions of the app registration",
    ),
    code(
        "AADSTS90094",
        "an administrator has to consent",
        "let an administrator grant consent under API permissions of the app registration",
    ),
    code(
        "AADSTS650056",
        "the app lists no permission for the resource, or an administrator has not consented",
        "add the application permission in the app registration, and grant admin consent",
    ),
    code(
        "AADSTS501051",
        "the API demands an assignment, and this app is not assigned to a role of it",
        "grant the app an app role of the API with admin consent, or switch off Assignment \
         required of the API's enterprise application",
    ),
    code(
        "AADSTS50105",
        "the API demands an assignment, and there is none",
        "grant the app an app role of the API with admin consent, or switch off Assignment \
         required of the API's enterprise application",
    ),
    code(
        "AADSTS53003",
        "a Conditional Access policy blocks it",
        "look at the policy in the sign-in log for service principals; often it allows only certain \
         addresses, and this machine's is not one",
    ),
    code(
        "AADSTS530032",
        "a security policy of the tenant blocks it",
        "ask an administrator of the tenant which policy the sign-in log names",
    ),
    code(
        "AADSTS530035",
        "the security defaults of the tenant block it",
        "ask an administrator of the tenant what the sign-in log names",
    ),
    // a client assertion
    code(
        "AADSTS700027",
        "the client assertion's signature is not valid",
        "see that the certificate uploaded to the app registration is the one that signs",
    ),
    code(
        "AADSTS50012",
        "authentication of the client failed: certificate, chain or signature",
        "compare the certificate's thumbprint with the app registration",
    ),
    // the request
    code(
        "AADSTS900144",
        "a parameter is missing in the body; the description names it",
        "add it: most often `scope` on the endpoint v2.0, or `resource` on the older one",
    ),
    code(
        "AADSTS90014",
        "a required field is missing; the description names it",
        "add it: most often `scope` or `client_id`",
    ),
    code(
        "AADSTS90100",
        "a parameter is empty or not valid; the description names it",
        "correct or remove it",
    ),
    code(
        "AADSTS90102",
        "a parameter has to be an absolute URI; the description names it",
        "correct the resource or scope",
    ),
    code(
        "AADSTS9002313",
        "the request is malformed",
        "look at extra parameters and at the scope for values that do not belong there",
    ),
    code(
        "AADSTS70003",
        "the endpoint does not support the grant",
        "see that the address is a token endpoint of Entra ID and not of a B2C user flow",
    ),
    // load and trouble
    code(
        "AADSTS50196",
        "the same request came too often in a short time",
        "wait some minutes; see whether something else asks for tokens with the same client",
    ),
    code(
        "AADSTS90055",
        "the tenant has too many requests",
        "wait, then ask again",
    ),
    code(
        "AADSTS90033",
        "the directory service is not available",
        "wait, then ask again",
    ),
    code(
        "AADSTS90006",
        "the service is temporarily not available",
        "wait, then ask again",
    ),
    code(
        "AADSTS90024",
        "a passing fault of the service",
        "wait, then ask again",
    ),
    code(
        "AADSTS50000",
        "the service could not issue the token",
        "wait; if it stays, open a support request with the trace id of the sign-in log",
    ),
];
