// Alert channels: one added after mistakes, its secret shown once, tried, changed, rotated and deleted. The
// receiver is the sandbox, which knows no alerts and says so.
import assert from 'node:assert/strict';
import { expected, flow, look, noInlineCode, sandbox, signedIn } from '../stage.mjs';

const origin = new URL(sandbox).origin;

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  await page.goto('/console/global-settings');
  await page.getByRole('main').getByRole('link', { name: 'Alerts' }).click();
  await page.getByRole('heading', { name: 'No alert channel yet' }).waitFor();
  await noInlineCode(page);
  await look(page, 'alerts-none');

  // the form shows what its kind needs
  await page.getByRole('main').getByRole('link', { name: 'Add alert channel' }).first().click();
  await look(page, 'alert-new');
  assert.equal(await page.locator('#url').isVisible(), true);
  assert.equal(await page.locator('#host').isVisible(), false);
  await page.getByRole('radio', { name: /^Mail/ }).check();
  assert.equal(await page.locator('#url').isVisible(), false);
  assert.equal(await page.locator('#host').isVisible(), true);
  await look(page, 'alert-new-mail');
  await page.getByRole('radio', { name: /^Chat/ }).check();
  assert.equal(await page.locator('#form').isVisible(), true);
  await page.locator('#name').fill('on-call');
  await page.locator('#secret').fill('no url');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('alert').getByRole('link', { name: 'Secret' }).waitFor();
  expected(seen, 422);
  assert.equal(await page.locator('#secret').inputValue(), '', 'a secret is not given back');
  await look(page, 'alert-faults');

  // a webhook gets a signing secret, shown once
  await page.getByRole('radio', { name: /^Webhook/ }).check();
  await page.locator('#url').fill(`${origin}/alerts`);
  await page.locator('#labels').fill('team=sales');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const secret = await page.locator('#signing-secret').textContent();
  assert.match(secret, /^whsec_/);
  await noInlineCode(page);
  await look(page, 'alert-secret');
  await page.goto('/console/alerts/on-call');
  assert.equal(await page.locator('#signing-secret').count(), 0);
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByRole('heading', { name: 'The test was not taken' }).waitFor();
  await look(page, 'alert-tried');
  await page.goto('/console/alerts');
  await page.getByText('Not delivered').waitFor();
  await look(page, 'alerts');

  // changed, rotated and gone
  await page.goto('/console/alerts/on-call/edit');
  await page.getByRole('checkbox', { name: 'Recovered' }).uncheck();
  await page.getByRole('button', { name: 'Update', exact: true }).click();
  await page.getByText('Updated.').waitFor();
  await page.getByRole('button', { name: 'Make a new signing secret' }).click();
  assert.notEqual(await page.locator('#signing-secret').textContent(), secret);
  await page.goto('/console/alerts/on-call/delete');
  await look(page, 'alert-delete');
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByText('Deleted, with what waited for it.').waitFor();
});
