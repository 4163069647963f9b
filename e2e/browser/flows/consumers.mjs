// HTTP consumers: the empty list, one added with mistakes and a test request first, used from outside, disabled,
// copied, changed and deleted. The service is the sandbox's resource, which wants a token.
import assert from 'node:assert/strict';
import { expected, flow, look, noInlineCode, sandbox, signedIn } from '../stage.mjs';

const origin = new URL(sandbox).origin;

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  await page.getByRole('link', { name: 'HTTP consumers' }).click();
  await page.getByRole('link', { name: 'Sandbox resource' }).waitFor();
  await noInlineCode(page);
  await look(page, 'consumers-first');

  // added by keyboard, with mistakes first
  await page.getByRole('main').getByRole('link', { name: 'Add HTTP consumer' }).first().click();
  await look(page, 'consumer-new');
  for (const summary of await page.locator('main details.fold > summary').all()) await summary.click();
  await look(page, 'consumer-new-advanced');
  await page.locator('#name').fill('Sandbox');
  await page.locator('#base_url').fill('http://api.example.com/');
  await page.locator('#credential').fill('sales-email-credentials');
  await page.getByLabel('Name 1').fill('x-api-key');
  await page.getByLabel('Value 1').fill('canary-key-of-the-service');
  await page.locator('#hosts').fill('sandbox.internal.example, SANDBOX:80');
  await page.locator('#connect_s').fill('soon');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByRole('link', { name: 'Base URL' }).waitFor();
  await page.getByRole('alert').getByRole('link', { name: 'Hosts' }).waitFor();
  await page.getByRole('alert').getByRole('link', { name: 'Time to connect' }).waitFor();
  expected(seen, 422);
  await noInlineCode(page);
  await look(page, 'consumer-faults');
  assert.equal(await page.getByLabel('Value 1').inputValue(), '', 'a secret is not given back');
  assert.equal(await page.getByLabel('Value 1').getAttribute('placeholder'), 'type it again');

  // a test request, refused by the rules and then let through
  await page.locator('#base_url').fill(`${origin}/`);
  await page.locator('#hosts').fill('sandbox.internal.example');
  await page.locator('#connect_s').fill('5');
  await page.getByLabel('Value 1').fill('canary-key-of-the-service');
  await page.getByLabel('Programs on the machine of grantd as well').check();
  await page.locator('#paths').fill('/resource');
  await page.locator('#test_path').fill('/stats');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('heading', { name: 'No answer' }).waitFor();
  await look(page, 'consumer-test-refused');
  await page.getByLabel('Value 1').fill('canary-key-of-the-service');
  await page.locator('#test_path').fill('/resource');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('heading', { name: 'The service answered with 200' }).waitFor();
  assert.ok(await page.locator('ol.steps > li').count() > 2);
  await page.getByText('Header fields of the answer').click();
  await noInlineCode(page);
  await look(page, 'consumer-form-tested');
  await page.getByLabel('Value 1').fill('canary-key-of-the-service');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. Requests are let through from now on').waitFor();
  await noInlineCode(page);
  await look(page, 'consumer');
  assert.ok(!(await page.content()).includes('canary-key-of-the-service'));

  // a program uses it by the line on the page
  const line = await page.locator('pre.box code').first().innerText();
  const address = /http:\S+\/consumers\/sandbox\/resource/.exec(line)[0];
  const answer = await fetch(address);
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.equal((await answer.json()).hello, 'sales-email-listener');
  assert.equal((await fetch(address.replace('resource', 'stats'))).status, 403);

  // tried once more from its page
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('heading', { name: 'The service answered with 200' }).waitFor();
  await look(page, 'consumer-tested');

  // disabled and enabled
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('heading', { name: 'This consumer is disabled' }).waitFor();
  assert.equal((await fetch(address)).status, 503);
  await look(page, 'consumer-disabled');
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByText('Enabled: requests are let through again.').waitFor();

  // in the list, and a copy of it
  await page.goto('/console/consumers?q=sand');
  await page.getByRole('cell', { name: 'Serving' }).first().waitFor();
  await noInlineCode(page);
  await look(page, 'consumers');
  await page.getByRole('link', { name: 'Sandbox', exact: true }).click();
  await page.getByRole('link', { name: 'Duplicate …' }).click();
  await page.getByText('without its hosts and its secret values').waitFor();
  assert.equal(await page.locator('#hosts').inputValue(), '');
  await look(page, 'consumer-copy');

  // changed: the secret value stays where it is not typed
  await page.goto('/console/consumers/sandbox/edit');
  assert.equal(await page.getByLabel('Value 1').getAttribute('placeholder'), 'kept as it is');
  await page.locator('#methods').fill('GET, HEAD');
  await page.getByRole('button', { name: 'Update', exact: true }).click();
  await page.getByText('Updated.').waitFor();

  // who needs the credential
  await page.goto('/console/credentials/sales-email-credentials/delete');
  await page.getByRole('link', { name: 'Sandbox', exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Delete permanently' }).count(), 0);

  // and gone
  await page.goto('/console/consumers/sandbox/delete');
  await look(page, 'consumer-delete');
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByText('Deleted, with its secret values.').waitFor();
  assert.equal((await fetch(address)).status, 404);
});
