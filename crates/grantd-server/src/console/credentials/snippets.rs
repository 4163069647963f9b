//! How to use a credential from a program: texts to copy, without any secret in them. Each runs as it
//! is where `GRANTD_API_KEY_FILE` names a file with an API key.

/// One example.
pub(super) struct Snippet {
    pub(super) id: &'static str,
    pub(super) code: String,
}

/// The examples, with `{base}`, `{token}` and `{slug}` in the places of values.
const EXAMPLES: [(&str, &str); 7] = [
    (
        "shell",
        r#"export GRANTD_URL={base}
export GRANTD_API_KEY_FILE="${GRANTD_API_KEY_FILE:-$HOME/.config/grantd/api.key}"

grantd token {slug}
grantd exec {slug} -- sh -c 'echo "a token of type $GRANTD_TOKEN_TYPE"'"#,
    ),
    (
        "curl",
        r#"sed 's/^/Authorization: Bearer /' "$GRANTD_API_KEY_FILE" |
  curl -sS -H @- {token}"#,
    ),
    (
        "python",
        r#"import json, os, pathlib, urllib.request

key = pathlib.Path(os.environ["GRANTD_API_KEY_FILE"]).read_text().strip()
request = urllib.request.Request(
    "{token}",
    headers={"Authorization": f"Bearer {key}"},
)
with urllib.request.urlopen(request) as answer:
    access_token = json.load(answer)["access_token"]"#,
    ),
    (
        "java",
        r#"import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

public class Token {
    static String accessToken() throws Exception {
        var key = Files.readString(Path.of(System.getenv("GRANTD_API_KEY_FILE"))).strip();
        var request = HttpRequest.newBuilder(URI.create(
                "{token}"))
            .header("Authorization", "Bearer " + key).build();
        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IllegalStateException(answer.body());
        // a JSON library reads it as well; a token holds no sign that JSON escapes
        var found = Pattern.compile("\"access_token\"\\s*:\\s*\"([^\"]+)\"").matcher(answer.body());
        if (!found.find()) throw new IllegalStateException("no token in the answer");
        return found.group(1);
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println(accessToken().length() + " characters");
    }
}"#,
    ),
    (
        "dotnet",
        r#"using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

var key = (await File.ReadAllTextAsync(
    Environment.GetEnvironmentVariable("GRANTD_API_KEY_FILE")!)).Trim();
using var client = new HttpClient();
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
var answer = await client.GetFromJsonAsync<JsonElement>(
    "{token}");
var accessToken = answer.GetProperty("access_token").GetString();"#,
    ),
    (
        "node",
        r#"import { readFile } from "node:fs/promises";

const key = (await readFile(process.env.GRANTD_API_KEY_FILE, "utf8")).trim();
const answer = await fetch("{token}", {
  headers: { Authorization: `Bearer ${key}` },
});
if (!answer.ok) throw new Error(await answer.text());
const { access_token: accessToken } = await answer.json();"#,
    ),
    (
        "endpoint",
        r#"sed 's/^gk_\(.*\)_\(.*\)$/user = "\1:\2"/' "$GRANTD_API_KEY_FILE" |
  curl -sS -K - -d grant_type=client_credentials -d scope={slug} \
  {base}/oauth2/token"#,
    ),
];

/// The examples for this credential at this address.
pub(super) fn all(base: &str, slug: &str) -> Vec<Snippet> {
    let token = format!("{base}/v1/credentials/{slug}/token");
    let filled = |code: &str| {
        code.replace("{base}", base)
            .replace("{token}", &token)
            .replace("{slug}", slug)
    };
    EXAMPLES
        .iter()
        .map(|(id, code)| Snippet {
            id,
            code: filled(code),
        })
        .collect()
}
