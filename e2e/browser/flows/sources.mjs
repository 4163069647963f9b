// Secret sources: one added with a test of it, used by a credential, refused while it is needed, changed
// and deleted. The service is the sandbox, whose counts are as good a secret as any.
import assert from 'node:assert/strict';
import { expected, flow, look, noInlineCode, sandbox, signedIn } from '../stage.mjs';

const origin = new URL(sandbox).origin;

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  await page.goto('/console/global-settings');
  await page.getByRole('main').getByRole('link', { name: 'Secret sources' }).click();
  await page.getByRole('heading', { name: 'No secret source yet' }).waitFor();
  await noInlineCode(page);
  await look(page, 'sources-none');

  // the form of a vault shows what its way to sign in needs
  await page.getByRole('main').getByRole('link', { name: 'Add secret source' }).first().click();
  await look(page, 'source-new');
  assert.equal(await page.locator('#role_id').isVisible(), false);
  await page.locator('#login').selectOption('approle');
  assert.equal(await page.locator('#role_id').isVisible(), true);
  await page.locator('#login').selectOption('cert');
  assert.equal(await page.locator('#certificate').isVisible(), true);
  assert.equal(await page.locator('#url').isVisible(), false);
  await page.locator('#name').fill('vault');
  await page.locator('#login').selectOption('token');
  await page.locator('#address').fill('http://127.0.0.1:1');
  await page.locator('#secret').fill('canary-vault-token');
  await page.locator('#paths').fill('apps/*');
  await page.locator('#origins').fill(origin);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('heading', { name: 'The egress rules do not allow its address' }).waitFor();
  assert.equal(await page.locator('#secret').inputValue(), '', 'a secret is not given back');
  await look(page, 'source-unreachable');

  // a service, with mistakes first
  await page.goto('/console/new-source');
  await page.getByLabel('HTTPS service').check();
  assert.equal(await page.locator('#address').isVisible(), false);
  await page.locator('#name').fill('counts');
  await page.locator('#url').fill(`${origin}/{path}`);
  await page.locator('#paths').fill('/stats');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('alert').getByRole('link', { name: 'Paths' }).waitFor();
  await page.getByRole('alert').getByRole('link', { name: 'Token endpoints' }).waitFor();
  expected(seen, 422);
  await look(page, 'source-faults');
  assert.equal(await page.locator('#url').inputValue(), `${origin}/{path}`);
  await page.locator('#paths').fill('stats\nother');
  await page.locator('#origins').fill(origin);
  await page.locator('#try_path').fill('stats');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('heading', { name: 'Found' }).waitFor();
  await look(page, 'source-found');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. Credentials can be given secrets of it').waitFor();
  await noInlineCode(page);
  await look(page, 'source');

  // a credential tries it and is added
  await page.goto('/console/new-credential');
  await page.locator('#name').fill('Counted');
  await page.locator('#client_id').fill('counted');
  await page.getByLabel('External').check();
  await page.locator('#token_endpoint').fill(`${origin}/token`);
  await page.locator('#scope').fill('a');
  await page.locator('#ref_source').selectOption('counts');
  await page.locator('#ref_path').fill('elsewhere');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('heading', { name: 'It is outside of what the source may serve' }).waitFor();
  await page.locator('#ref_path').fill('other');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('heading', { name: 'Nothing is there' }).waitFor();
  await look(page, 'credential-reference-missing');
  await page.locator('#ref_path').fill('stats');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('heading', { name: 'Found' }).waitFor();
  await look(page, 'credential-reference-found');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. It can be used from now on').waitFor();

  // it is needed now
  await page.goto('/console/sources');
  await look(page, 'sources');
  await page.getByRole('link', { name: 'counts' }).click();
  await page.getByRole('link', { name: 'Counted' }).waitFor();
  await page.getByRole('link', { name: 'Delete …' }).click();
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByRole('heading', { name: 'It is still needed' }).waitFor();
  await page.getByText('counted').first().waitFor();
  await look(page, 'source-delete-refused');

  // changed
  await page.goto('/console/sources/counts/edit');
  await page.locator('#paths').fill('stats');
  await page.getByRole('button', { name: 'Update', exact: true }).click();
  await page.getByText('Updated.').waitFor();
  await look(page, 'source-updated');

  // and gone, when nothing needs it
  await page.goto('/console/credentials/counted/delete');
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByText('Deleted, with its secret.').waitFor();
  await page.goto('/console/sources/counts/delete');
  await look(page, 'source-delete');
  await page.getByRole('button', { name: 'Delete permanently' }).click();
  await page.getByText('Deleted, with what grantd signed in to it with.').waitFor();
});
