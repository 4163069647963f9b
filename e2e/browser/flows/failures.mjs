// Every way in which the sandbox can fail, in Validate: the step, the code, and what to do.
import assert from 'node:assert/strict';
import { fault, fill, flow, look, signedIn } from '../stage.mjs';

const kinds = {
  rate_limited: [{ retry_after_s: 1 }, 'Token response', /429|wait/i],
  server_error: [{}, 'Token response', /500|failed/i],
  html: [{}, 'Token response', /HTML|JSON|page/i],
  error_in_200: [{}, 'Token response', /HTTP 200 invalid_client/],
  rotated_secret: [{ client_id: 'archive-import', new_secret: 'the-new-one' }, 'Token response', /HTTP 401 invalid_client/],
  empty: [{}, 'Token response', /without any content/],
  redirect: [{}, 'Token response', /redirect/i],
  garbage: [{}, 'Token response', /JSON/i],
  huge: [{}, 'Token response', /large|bytes/i],
  hang: [{}, 'Token', /time|answer/i],
  stalled_body: [{}, 'Token response', /time|answer/i],
};

await flow(async (visitor) => {
  const { page } = await signedIn(visitor);
  // those that never end are to end soon
  await page.goto('/console/credentials/archive-import/edit');
  await page.locator('details.fold summary').click();
  await fill(page, { 'Time for all, seconds': '1' });
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByText('Updated.').waitFor();
  const answers = await fetch(`${process.env.SANDBOX_URL}faults`).then((answer) => answer.text());
  for (const kind of answers.matchAll(/"kind":"(\w+)"/g)) assert.equal(kind[1], 'none');
  const told = new Map();
  for (const [kind, [more, step, words]] of Object.entries(kinds)) {
    await fault({ kind, ...more });
    await page.goto('/console/credentials/archive-import');
    await page.getByRole('button', { name: 'Validate' }).click();
    await page.locator('#result .pill.bad').waitFor();
    const title = await page.locator('#result-title').innerText();
    assert.match(title, /no token was issued, the step .+ failed/, kind);
    assert.ok(title.includes(step), `${kind}: ${title}`);
    const why = await page.locator('#result .why').innerText();
    assert.match(why, words, `${kind}: ${why}`);
    assert.ok(why.includes('What to do'), `${kind}: ${why}`);
    const whole = `${title}\n${await page.locator('#result .steps').innerText()}`.replace(/[\d.]+ m?s/g, '');
    for (const [other, text] of told) assert.notEqual(whole, text, `${kind} is explained as ${other}`);
    told.set(kind, whole);
    await look(page, `validate-${kind.replaceAll('_', '-')}`);
  }
  await fault({ kind: 'slow', delay_ms: 300 });
  await page.goto('/console/credentials/archive-import');
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result [aria-busy]').waitFor();
  await page.locator('#result .pill.ok').waitFor();
  await fault({ kind: 'none' });
});
