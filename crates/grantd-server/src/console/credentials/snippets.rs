//! How to use a credential from a program: texts to copy, without any secret in them.

/// One example.
pub(super) struct Snippet {
    pub(super) id: &'static str,
    /// The key of its name and of its explanation.
    pub(super) key: &'static str,
    pub(super) code: String,
}

/// The examples for this credential at this address.
pub(super) fn all(base: &str, slug: &str) -> Vec<Snippet> {
    let token = format!("{base}/v1/credentials/{slug}/token");
    let snippet = |id, key, code: String| Snippet { id, key, code };
    vec![
        snippet(
            "shell",
            "shell",
            format!(
                "export GRANTD_URL={base}\nexport GRANTD_API_KEY_FILE=~/.config/grantd/api.key\n\n\
                 grantd token {slug}\n\
                 grantd exec {slug} -- sh -c 'echo \"a token of type $GRANTD_TOKEN_TYPE\"'"
            ),
        ),
        snippet(
            "curl",
            "curl",
            format!(
                "sed 's/^/Authorization: Bearer /' \"$GRANTD_API_KEY_FILE\" |\n  \
                 curl -sS -H @- {token}"
            ),
        ),
        snippet(
            "python",
            "python",
            format!(
                "import json, os, pathlib, urllib.request\n\n\
                 key = pathlib.Path(os.environ[\"GRANTD_API_KEY_FILE\"]).read_text().strip()\n\
                 request = urllib.request.Request(\n    \"{token}\",\n    \
                 headers={{\"Authorization\": f\"Bearer {{key}}\"}},\n)\n\
                 with urllib.request.urlopen(request) as answer:\n    \
                 access_token = json.load(answer)[\"access_token\"]"
            ),
        ),
        snippet(
            "java",
            "java",
            format!(
                "var key = Files.readString(Path.of(System.getenv(\"GRANTD_API_KEY_FILE\"))).strip();\n\
                 var request = HttpRequest.newBuilder(URI.create(\n        \"{token}\"))\n    \
                 .header(\"Authorization\", \"Bearer \" + key).build();\n\
                 var answer = HttpClient.newHttpClient()\n    \
                 .send(request, HttpResponse.BodyHandlers.ofString());\n\
                 // answer.body() is JSON; its member access_token is the token"
            ),
        ),
        snippet(
            "dotnet",
            "dotnet",
            format!(
                "var key = (await File.ReadAllTextAsync(\n    \
                 Environment.GetEnvironmentVariable(\"GRANTD_API_KEY_FILE\")!)).Trim();\n\
                 using var client = new HttpClient();\n\
                 client.DefaultRequestHeaders.Authorization = new(\"Bearer\", key);\n\
                 var answer = await client.GetFromJsonAsync<JsonElement>(\n    \"{token}\");\n\
                 var accessToken = answer.GetProperty(\"access_token\").GetString();"
            ),
        ),
        snippet(
            "node",
            "node",
            format!(
                "import {{ readFile }} from \"node:fs/promises\";\n\n\
                 const key = (await readFile(process.env.GRANTD_API_KEY_FILE, \"utf8\")).trim();\n\
                 const answer = await fetch(\"{token}\", {{\n  \
                 headers: {{ Authorization: `Bearer ${{key}}` }},\n}});\n\
                 if (!answer.ok) throw new Error(await answer.text());\n\
                 const {{ access_token: accessToken }} = await answer.json();"
            ),
        ),
        snippet(
            "endpoint",
            "endpoint",
            format!(
                "POST {base}/oauth2/token\nContent-Type: application/x-www-form-urlencoded\n\
                 Authorization: Basic base64(KEY ID:KEY SECRET)\n\n\
                 grant_type=client_credentials&scope={slug}"
            ),
        ),
    ]
}
