// Email listeners: the demo's listener on its page, mail that arrives, a listener added with a test of
// its connection, changed, paused and deleted.
import assert from 'node:assert/strict';
import { expected, flow, look, noInlineCode, signedIn } from '../stage.mjs';

const eight = 8_000;

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  await page.getByRole('link', { name: 'Email listeners' }).click();
  await noInlineCode(page);
  await look(page, 'listeners');
  await page.getByRole('link', { name: 'Sales mailbox' }).click();
  await page.getByText('Order 4711').waitFor({ timeout: eight }).catch(() => page.reload());
  await page.getByText('Order 4711').waitFor({ timeout: eight });
  await noInlineCode(page);
  await look(page, 'listener');

  // a mail is delivered again by its button
  await page.getByRole('button', { name: 'Deliver again: Order 4711' }).click();
  await page.getByText('It is delivered again at once').waitFor();

  // the connection of a saved listener, step by step
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('heading', { name: 'The connection works' }).waitFor();
  assert.equal(await page.locator('ol.steps > li').count(), 4);
  await look(page, 'listener-tested');

  // paused and resumed
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('heading', { name: 'This listener is paused' }).waitFor();
  await look(page, 'listener-paused');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Resumed.').waitFor();

  // another one, with a mistake first
  await page.goto('/console/listeners');
  await page.getByRole('link', { name: 'Add email listener' }).first().click();
  await look(page, 'listener-new');
  await page.getByLabel('Name', { exact: false }).first().fill('Orders');
  await page.locator('#credential').fill('sales-email-credentials');
  await page.locator('#mailbox').fill('sales@example.com');
  await page.locator('#folder').fill('inbox');
  const settings = await page.request.get('/console/listeners/sales-mailbox');
  const endpoint = /http:\/\/127\.0\.0\.1:\d+\/EWS\/Exchange\.asmx/.exec(await settings.text())[0];
  await page.locator('#endpoint').fill(endpoint);
  await page.getByLabel('What is unread, and what arrives').check();
  await page.locator('#interval_s').fill('soon');
  await page.getByLabel('Filter: what 1').selectOption('subject');
  await page.getByLabel('Value 1').fill('Order');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('alert').getByRole('link', { name: 'Look every … seconds' }).waitFor();
  expected(seen, 422);
  await look(page, 'listener-faults');
  assert.equal(await page.locator('#mailbox').inputValue(), 'sales@example.com');
  await page.locator('#interval_s').fill('1');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('heading', { name: 'The connection works' }).waitFor();
  await look(page, 'listener-form-tested');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. It looks for mail from now on.').waitFor();

  // a mailbox that is not there
  await page.getByRole('link', { name: 'Edit' }).first().click();
  await page.locator('#folder').fill('inbox/Nowhere');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('heading', { name: 'The connection does not work' }).waitFor();
  await look(page, 'listener-test-failed');
  await page.getByRole('button', { name: 'Update', exact: true }).click();
  await page.getByText('There is no such folder').waitFor({ timeout: eight }).catch(() => page.reload());
  await page.getByRole('heading', { name: 'There is no such folder' }).waitFor({ timeout: eight });
  await look(page, 'listener-failing');

  // who needs the credential
  await page.goto('/console/credentials/sales-email-credentials/delete');
  await page.getByRole('link', { name: 'Orders' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Delete permanently' }).count(), 0);
  await look(page, 'credential-delete-in-use');

  // and gone
  await page.goto('/console/listeners/orders/delete');
  await look(page, 'listener-delete');
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByText('What it delivered stays where it is').waitFor();
});
