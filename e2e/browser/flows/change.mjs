// What is done to a credential that is there: edited by two, rotated, renewed, disabled, copied, deleted.
import assert from 'node:assert/strict';
import { expected, fault, fill, flow, look, signedIn } from '../stage.mjs';

const here = '/console/credentials/archive-import';
const more = async (page, name) => {
  await page.goto(here);
  await page.locator('summary[aria-label="More actions"]').click();
  await page.getByRole('link', { name }).first().click();
};

await flow(async (visitor) => {
  const { page, context, seen } = await signedIn(visitor);

  // two people edit: the second sees what changed, both values, and both ways on
  const other = await context.newPage();
  await page.goto(`${here}/edit`);
  await other.goto(`${here}/edit`);
  await look(page, 'edit');
  await fill(other, { Name: 'Archive Import of theirs' });
  await other.locator('details.fold summary').click();
  await other.locator('input[name=parameter_name]').first().fill('tenant');
  await other.locator('input[name=parameter_value]').first().fill('theirs');
  await other.getByRole('button', { name: 'Update' }).click();
  await other.getByText('Updated.').waitFor();
  await fill(page, { Scopes: 'archive.read archive.write' });
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByRole('heading', { name: 'Somebody changed this while you were editing it' }).waitFor();
  expected(seen, 409);
  const differ = await page.locator('#stale table').innerText();
  for (const part of ['Archive Import of theirs', 'archive.read', 'tenant: theirs']) assert.ok(differ.includes(part), differ);
  await look(page, 'edit-conflict');
  assert.equal(await page.getByLabel('Scopes').inputValue(), 'archive.read archive.write');
  await page.getByRole('link', { name: 'Take what is there now' }).click();
  assert.equal(await page.getByLabel('Name').first().inputValue(), 'Archive Import of theirs');
  await fill(page, { Name: 'Archive Import' });
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByText('Updated.').waitFor();

  // what somebody else changed in a field that one left alone is kept
  await page.goto(`${here}/edit`);
  await other.goto(`${here}/edit`);
  await fill(other, { Scopes: 'archive.write archive.read' });
  await other.getByRole('button', { name: 'Update' }).click();
  await other.getByText('Updated.').waitFor();
  await fill(page, { Name: 'Archive' });
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByRole('heading', { name: 'Somebody changed this while you were editing it' }).waitFor();
  expected(seen, 409);
  await page.getByRole('button', { name: 'Update with what is in the form' }).click();
  await page.getByText('Updated.').waitFor();
  await page.goto(`${here}/edit`);
  assert.equal(await page.getByLabel('Scopes').inputValue(), 'archive.write archive.read');
  assert.equal(await page.getByLabel('Name').first().inputValue(), 'Archive');
  await fill(page, { Name: 'Archive Import', Scopes: 'archive.write' });
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByText('Updated.').waitFor();

  // another method asks for the secret again
  await page.goto(`${here}/edit`);
  await page.getByText(/^set .* by /).waitFor();
  await page.getByRole('radio', { name: /HTTP Basic/ }).check();
  await page.getByRole('button', { name: 'Update' }).click();
  await page.locator('#client_secret-err').waitFor();
  expected(seen, 422);
  await look(page, 'edit-asks-secret');

  // tokens: one now, none at hand, and what the server says when it refuses
  await page.goto(here);
  await page.getByRole('button', { name: 'Renew now' }).click();
  await page.getByText('A new token is at hand.').waitFor();
  await look(page, 'credential-renewed');
  await page.getByRole('button', { name: 'Drop tokens' }).click();
  await page.getByText('The tokens at hand are dropped').waitFor();
  await fault({ kind: 'server_error', client_id: 'archive-import' });
  await page.getByRole('button', { name: 'Renew now' }).click();
  await page.getByRole('heading', { name: 'No new token' }).waitFor();
  seen.console.splice(0);
  seen.failed.splice(0);
  await look(page, 'credential-not-renewed');

  // rotation without a gap: the next secret is the one that works, and was used last
  await fault({ kind: 'rotated_secret', client_id: 'archive-import', new_secret: 'the-secret-of-next-year' });
  await more(page, /Rotate secret/);
  await page.getByLabel('Next client secret').fill('the-secret-of-next-year');
  await look(page, 'rotate');
  await page.getByRole('button', { name: 'Add as next secret' }).click();
  await page.getByText('Added as the next secret.').waitFor();
  assert.ok(!(await page.content()).includes('the-secret-of-next-year'));
  // one that never worked is not promoted by a slip
  await page.getByRole('button', { name: 'Promote' }).click();
  await page.getByText('The server has not accepted this secret yet.').waitFor();
  expected(seen, 422);
  await look(page, 'rotate-not-sure');
  await page.getByRole('button', { name: 'Validate the next secret' }).click();
  await page.locator('#result .pill.ok').waitFor();
  await page.locator('dl.facts > div', { hasText: 'Next' }).getByText('used last').waitFor();
  await page.getByLabel('The new secret expires on').fill('2099-01-31');
  await look(page, 'rotate-used');
  await page.getByRole('button', { name: 'Promote' }).click();
  await page.getByText('Promoted: it is the only secret now.').waitFor();

  // a form of before the promotion is refused, and says why
  await page.goto(here);
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result .pill.ok').waitFor();

  assert.match(await page.getByRole('main').innerText(), /31 Jan 2099/);

  // disable: what stops; enable
  await more(page, /Disable/);
  await page.getByRole('heading', { name: /Disable Archive Import/ }).waitFor();
  await look(page, 'disable');
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('heading', { name: 'This credential is disabled' }).waitFor();
  await look(page, 'credential-disabled');
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByText('Enabled: tokens are given out again.').waitFor();

  // a copy has everything but the secret
  await more(page, /Duplicate/);
  await page.getByText('All settings of Archive Import are here').waitFor();
  assert.equal(await page.getByLabel('Client Identifier').inputValue(), 'archive-import');
  assert.equal(await page.getByLabel('Client Secret').first().inputValue(), '');
  await look(page, 'duplicate');
  await page.getByLabel('Client Secret').first().fill('another');
  await page.getByRole('button', { name: 'Add', exact: true }).dblclick();
  await page.getByText('Added. It can be used').waitFor();
  await page.goto('/console/credentials?q=archive');
  assert.equal(await page.locator('tbody tr').count(), 2);

  // delete says who uses it
  await page.goto('/console/credentials/sales-email-credentials/delete');
  await page.getByRole('heading', { name: 'Delete Sales Email Credentials?' }).waitFor();
  assert.match(await page.getByRole('main').innerText(), /requests?, last/);
  await look(page, 'delete');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await more(page, /Delete/);
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByText('Deleted, with its secret.').waitFor();
  await page.goto(here);
  await page.getByRole('heading', { name: 'There is no such thing' }).waitFor();
  expected(seen, 404);
  await look(page, 'gone');

  // deleted while somebody edited it: what was typed makes a new one
  await page.goto('/console/credentials/warehouse-stock/edit');
  await fill(page, { Name: 'Warehouse Stock of mine' });
  await other.goto('/console/credentials/warehouse-stock/delete');
  await other.getByRole('button', { name: 'Delete permanently' }).click();
  await other.getByText('Deleted, with its secret.').waitFor();
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByText('This credential was deleted while you were editing it.').waitFor();
  expected(seen, 404);
  await look(page, 'edit-gone');
  await page.getByLabel('Client Secret').first().fill('a-secret-of-the-warehouse');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. It can be used').waitFor();
});
