// Add Credentials: what is typed by mouse and keyboard, bad values, Validate, and the documented example.
import assert from 'node:assert/strict';
import { expected, fill, flow, known, look, sandbox, signedIn } from '../stage.mjs';

const endpoint = async (page) => {
  await page.goto('/console/credentials/archive-import/edit');
  return page.getByLabel('Token Endpoint').inputValue();
};

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  const tokenEndpoint = await endpoint(page);
  assert.ok(tokenEndpoint.startsWith(sandbox), tokenEndpoint);

  // found where the documented product has it
  await page.goto('/console/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Credentials/ }).click();
  await page.getByText('Add Credentials').first().click();
  await look(page, 'credentials-menu');
  await page.getByRole('link', { name: /OAuth2 Client Credentials/ }).click();
  await page.getByRole('heading', { name: 'Add Record to: Credentials' }).waitFor();
  await page.getByRole('heading', { name: 'Before you begin' }).waitFor();
  const labels = page.locator('#record > .field > .name, #record > fieldset > legend').filter({ visible: true });
  assert.deepEqual(await labels.allInnerTexts(), [
    'Name *', 'Client Identifier *', 'Secret Source *', 'Client Secret *', 'Token Endpoint *', 'Scopes *',
    'Authentication Method *',
  ]);
  assert.equal(await page.locator('#record details[open]').count(), 0);
  await look(page, 'add');

  // nothing typed: every field that is needed says so, beside itself
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: '5 fields need another value' }).waitFor();
  for (const field of ['name', 'client_id', 'client_secret', 'token_endpoint', 'scope']) {
    const input = page.locator(`#${field}`);
    assert.equal(await input.getAttribute('aria-invalid'), 'true', field);
    assert.ok(await page.locator(`#${field}-err`).isVisible(), field);
  }
  expected(seen, 422);
  await look(page, 'add-refused');

  // bad values: kept as they were typed, the secret excepted, and nothing of them is markup
  const long = 'x'.repeat(10_000);
  const odd = '<img src=x onerror=alert(1)> שלום 😀';
  await fill(page, {
    Name: odd, 'Client Identifier': long, 'Client Secret': 'typed-secret', 'Token Endpoint': 'http://example.com/token',
    Scopes: 'a "b',
  });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: '3 fields need another value' }).waitFor();
  assert.equal(await page.getByLabel('Name').first().inputValue(), odd);
  assert.equal(await page.getByLabel('Client Identifier').inputValue(), long);
  assert.equal(await page.getByLabel('Client Secret').first().inputValue(), '');
  assert.ok(!(await page.content()).includes('typed-secret'));
  expected(seen, 422);
  await look(page, 'add-odd');

  // a source instead of a secret
  await page.goto('/console/new-credential');
  await page.getByRole('radio', { name: /External/ }).check();
  assert.ok(await page.getByLabel('Path or name in it').isVisible());
  assert.ok(!(await page.locator('#client_secret').isVisible()));
  await look(page, 'add-external');

  // markup, right-to-left text and emoji make a credential like any other
  await page.goto('/console/new-credential');
  await fill(page, { Name: odd, ...known, 'Token Endpoint': tokenEndpoint });
  await page.locator('[data-slug]').filter({ hasText: /img/ }).waitFor();

  // Validate: the four steps with times, what the token says, and the secret stays in its field
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result .pill.ok').waitFor();
  await page.getByRole('heading', { name: /Validate: a token was issued/ }).waitFor();
  const flowText = await page.locator('#result .halves svg').first().textContent();
  for (const part of ['Asks for a token', 'Token issued', 'Token authenticates', 'Data comes back']) {
    assert.ok(flowText.includes(part), flowText);
  }
  assert.match(flowText, /\d m?s/);
  assert.match(await page.locator('#result dl').innerText(), /expires_in/);
  assert.equal(await page.getByLabel('Client Secret').first().inputValue(), known['Client Secret']);
  await look(page, 'add-validated');

  // Validate again with a wrong secret: the step that failed, why, and what to do
  await page.getByLabel('Client Secret').first().fill('another-secret');
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result .pill.bad').waitFor();
  await page.locator('#result .why').getByText('What to do').waitFor();
  assert.ok((await page.locator('#result .why').innerText()).includes('invalid_client'));
  await look(page, 'add-validate-failed');

  // added although it is not valid, and without losing what was typed
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. It can be used from now on').waitFor();
  await page.getByRole('heading', { name: odd }).waitFor();
  assert.equal(await page.locator('img').count(), 0);
  await look(page, 'credential-odd-name');

  // the documented example, to the letter
  await page.goto('/console/new-credential');
  const secret = 'jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg';
  await fill(page, {
    Name: 'Sales Email Credentials EU',
    'Client Identifier': 'sales-email-client',
    'Client Secret': secret,
    'Token Endpoint': 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize',
    Scopes: 'https://outlook.office365.com/.default',
  });
  assert.ok(await page.getByRole('radio', { name: /in the body of the request/ }).isChecked());
  await page.getByText('The body is preselected').waitFor();
  await look(page, 'documented-example');
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result .pill.bad').waitFor();
  assert.ok((await page.locator('#result .why').innerText()).length > 40);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. It can be used from now on').waitFor();
  const html = await page.content();
  assert.ok(!html.includes(secret) && !html.includes('jhgfdrg'));
  await page.getByText('Never validated').first().waitFor();
  await page.getByRole('link', { name: 'Edit' }).first().click();
  assert.equal(
    await page.getByLabel('Token Endpoint').inputValue(),
    'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize',
  );
  assert.equal(await page.getByLabel('Scopes').inputValue(), 'https://outlook.office365.com/.default');
  assert.ok(await page.getByRole('radio', { name: /in the body of the request/ }).isChecked());
});
