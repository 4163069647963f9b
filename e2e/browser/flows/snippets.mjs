// The examples of a credential's page do what they say, with the API key of a workload.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { flow, signedIn } from '../stage.mjs';

const folder = mkdtempSync(join(tmpdir(), 'grantd-snippets-'));
const keyFile = join(folder, 'api.key');

// One token for all: it is at hand after the first.
function run(program, argumentsOf, more = {}) {
  return execFileSync(program, argumentsOf, {
    encoding: 'utf8',
    cwd: folder,
    env: {
      PATH: `${dirname(process.env.GRANTD_BIN)}:/usr/bin:/bin`, HOME: folder, GRANTD_API_KEY_FILE: keyFile, ...more,
    },
  });
}

try {
  await flow(async (visitor) => {
    const { page } = await signedIn(visitor);
    await page.goto('/console/access/keys/new?for=archive-import');
    await page.getByLabel('Name').fill('examples');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.locator('#key').innerText();
    writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
    await page.goto('/console/credentials/archive-import');
    const code = async (id) => {
      const text = await page.locator(`#snippet-${id}`).textContent();
      assert.doesNotMatch(text, /secret-of-the-archive|gk_\w/);
      return text;
    };

    const shell = (await code('shell')).replace('~/.config/grantd/api.key', keyFile);
    const [token, typed] = run('sh', ['-ec', shell]).trim().split('\n');
    assert.ok(token.length > 10, token);
    assert.match(typed, /a token of type Bearer/i);

    assert.equal(JSON.parse(run('sh', ['-ec', await code('curl')])).access_token, token);
    assert.equal(run('python3', ['-c', `${await code('python')}\nprint(access_token, end="")`]), token);
    writeFileSync(join(folder, 'example.mjs'), `${await code('node')}\nprocess.stdout.write(accessToken);\n`);
    assert.equal(run(process.execPath, ['example.mjs']), token);

    assert.equal(JSON.parse(run('sh', ['-ec', await code('endpoint')])).access_token, token);

    // there is no runtime for these here: what they ask is what the others ask
    for (const id of ['java', 'dotnet']) {
      const [, asked] = (await code(id)).match(/"(http[^"]+)"/);
      const answer = await fetch(asked, { headers: { Authorization: `Bearer ${readFileSync(keyFile, 'utf8').trim()}` } });
      assert.equal((await answer.json()).access_token, token, id);
    }
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
