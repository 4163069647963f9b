// The whole way to a new credential without a mouse, with scripts and without them.
import assert from 'node:assert/strict';
import { choose, tabTo } from '../harness.mjs';
import { choosePassword, expected, flow, invite, known, look, signedIn, signOut } from '../stage.mjs';

async function add(page, name, tokenEndpoint) {
  const type = async (label, text) => {
    const field = page.getByLabel(label, { exact: false }).first();
    await tabTo(page, field);
    await page.keyboard.type(text);
  };
  const press = async (locator, key = 'Enter') => {
    await tabTo(page, locator);
    await page.keyboard.press(key);
  };
  await page.goto('/console/');
  await press(page.getByRole('link', { name: 'Skip to content' }));
  await press(page.getByRole('link', { name: 'Global Settings' }));
  await page.waitForURL('**/global-settings');
  await press(page.getByRole('main').getByRole('link', { name: /Credentials/ }).first());
  await page.waitForURL('**/console/credentials');
  await press(page.locator('summary', { hasText: 'Add Credentials' }));
  await press(page.getByRole('link', { name: /OAuth2 Client Credentials/ }));
  await page.waitForURL('**/new-credential');
  await type('Name', name);
  await type('Client Identifier', known['Client Identifier']);
  await choose(page, page.getByRole('radio', { name: /External/ }));
  await choose(page, page.getByRole('radio', { name: /Internal/ }));
  await type('Client Secret', known['Client Secret']);
  await type('Token Endpoint', tokenEndpoint);
  await type('Scopes', known.Scopes);
  await choose(page, page.getByRole('radio', { name: /in the body/ }));
  await press(page.locator('summary', { hasText: 'Advanced' }), 'Space');
  await tabTo(page, page.getByLabel('Provider profile'));
  await press(page.getByRole('button', { name: 'Validate' }));
  await page.locator('#result .pill.ok').waitFor();
}

await flow(async (visitor) => {
  const { page } = await signedIn(visitor);
  await page.goto('/console/credentials/archive-import/edit');
  const tokenEndpoint = await page.getByLabel('Token Endpoint').inputValue();
  await add(page, 'By keyboard', tokenEndpoint);
  // the focus is where the result is, and one press away from the form
  assert.equal(await page.evaluate(() => document.activeElement.id), 'result-title');
  await tabTo(page, page.getByRole('button', { name: 'Add', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByText('Added. It can be used').waitFor();

  // scripts off: the page itself is the answer, and the secret has to be typed again
  const address = await invite(page, 'no-scripts', 'Editor');
  const plain = await visitor({ javaScript: false });
  await choosePassword(plain.page, address);
  await add(plain.page, 'Without scripts', tokenEndpoint);
  await look(plain.page, 'no-scripts-validated');
  assert.equal(await plain.page.getByLabel('Name').first().inputValue(), 'Without scripts');
  await tabTo(plain.page, plain.page.getByRole('button', { name: 'Add', exact: true }));
  await plain.page.keyboard.press('Enter');
  await plain.page.locator('#client_secret-err').waitFor();
  expected(plain.seen, 422);
  await tabTo(plain.page, plain.page.getByLabel('Client Secret').first());
  await plain.page.keyboard.type(known['Client Secret']);
  await plain.page.keyboard.press('Enter');
  await plain.page.getByText('Added. It can be used').waitFor();
  await look(plain.page, 'no-scripts-credential');
  for (const path of ['/console/', '/console/credentials', '/console/account', '/console/settings']) {
    await plain.page.goto(path);
    await look(plain.page, `no-scripts${path.replace('/console', '').replaceAll('/', '-')}`);
  }
  await signOut(plain.page);
});
