// Who sees and does what: admin, editor, viewer; users and API keys; sign-out.
import assert from 'node:assert/strict';
import {
  choosePassword, expected, fill, flow, invite, known, look, password, signedIn, signIn, signOut,
} from '../stage.mjs';

const status = (page, path, options) => page.evaluate(async ([path, options]) => {
  const answer = await fetch(path, { redirect: 'manual', ...options });
  return answer.status;
}, [path, options]);

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  const links = {};
  for (const [name, role] of [['jane', 'Viewer'], ['erin', 'Editor'], ['adam', 'Admin']]) {
    links[name] = await invite(page, name, role);
  }
  await look(page, 'access-link');
  await invite(page, 'Jane', 'Viewer').catch(() => {});
  await page.locator('#name-err').waitFor();
  expected(seen, 422);
  await look(page, 'access-name-taken');

  // a viewer sees and changes nothing
  const viewer = await visitor();
  await choosePassword(viewer.page, links.jane);
  await look(viewer.page, 'viewer-overview');
  assert.equal(await viewer.page.getByRole('link', { name: 'Activity' }).count(), 0);
  await viewer.page.goto('/console/credentials');
  await viewer.page.getByRole('heading', { name: 'Credentials' }).waitFor();
  assert.equal(await viewer.page.getByText('Add Credentials').count(), 0);
  await viewer.page.goto('/console/credentials/sales-email-credentials');
  assert.equal(await viewer.page.getByRole('button', { name: 'Renew now' }).count(), 0);
  await look(viewer.page, 'viewer-credential');
  for (const path of ['renew', 'drop', 'enable', 'promote', 'delete', 'disable', 'edit', 'rotate']) {
    const options = { method: 'POST', body: new URLSearchParams({ revision: '1' }).toString() };
    options.headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await status(viewer.page, `/console/credentials/sales-email-credentials/${path}`, options);
    assert.equal(answer, 403, path);
  }
  for (const path of ['activity', 'access', 'access/keys/new', 'new-credential']) {
    assert.equal(await status(viewer.page, `/console/${path}`), 403, path);
  }
  expected(viewer.seen, 403);
  await viewer.page.goto('/console/access');
  await viewer.page.getByRole('heading', { name: 'You may not do this' }).waitFor();
  expected(viewer.seen, 403);
  await look(viewer.page, 'forbidden');

  // an editor makes credentials inside the bounds, and no users
  const editor = await visitor();
  await choosePassword(editor.page, links.erin);
  await editor.page.goto('/console/credentials/archive-import/edit');
  const tokenEndpoint = await editor.page.getByLabel('Token Endpoint').inputValue();
  await editor.page.goto('/console/new-credential');
  await fill(editor.page, { Name: 'By an editor', ...known, 'Token Endpoint': tokenEndpoint });
  assert.equal(await editor.page.locator('#bound_hosts').count(), 0);
  await editor.page.getByRole('button', { name: 'Add', exact: true }).click();
  await editor.page.getByText('Added. It can be used').waitFor();
  assert.equal(await status(editor.page, '/console/access'), 403);
  expected(editor.seen, 403);

  // another admin changes roles; it counts from the next page on
  const admin = await visitor();
  await choosePassword(admin.page, links.adam);
  await admin.page.goto('/console/access');
  await look(admin.page, 'access');
  const row = (name) => admin.page.locator('tbody tr', { has: admin.page.getByRole('rowheader', { name }) });
  await row('jane').getByLabel(/Role/).selectOption('editor');
  await row('jane').getByRole('button', { name: 'Set' }).click();
  await admin.page.getByText('The user is changed').waitFor();
  await viewer.page.goto('/console/credentials');
  await viewer.page.getByText('Add Credentials').first().waitFor();
  await row('erin').getByRole('button', { name: /Disable/ }).click();
  await admin.page.getByText('The user is changed').waitFor();
  await editor.page.goto('/console/credentials');
  assert.match(editor.page.url(), /sign-in/);
  await signIn(editor.page, 'erin');
  await editor.page.locator('#fault').waitFor();
  expected(editor.seen, 401);
  await row('erin').getByRole('link', { name: /Delete/ }).click();
  await look(admin.page, 'user-delete');
  await admin.page.getByRole('button', { name: 'Delete the user' }).click();
  await admin.page.getByText('The user is deleted.').waitFor();

  // an API key: shown once, works, revoked
  await admin.page.goto('/console/access/keys/new?for=archive-import');
  await look(admin.page, 'new-key');
  await admin.page.getByLabel('Name').fill('nightly job');
  await admin.page.getByRole('button', { name: 'Make the key' }).click();
  const key = await admin.page.locator('#key').innerText();
  assert.match(key, /^gk_\w+_\w+$/);
  await look(admin.page, 'key-made');
  const token = new URL('/v1/credentials/archive-import/token', admin.page.url());
  const headers = { Authorization: `Bearer ${key}` };
  assert.equal((await fetch(token, { headers })).status, 200);
  assert.equal((await fetch(new URL('/v1/credentials', token), { headers })).status, 200);
  const others = new URL('/v1/credentials/sales-email-credentials/token', token);
  assert.notEqual((await fetch(others, { headers })).status, 200);
  await admin.page.getByRole('link', { name: 'I have it' }).click();
  assert.ok(!(await admin.page.content()).includes(key));
  await row('nightly job').getByRole('link', { name: /Revoke/ }).click();
  await look(admin.page, 'key-revoke');
  await admin.page.getByRole('button', { name: 'Revoke' }).click();
  await admin.page.getByText('The key is revoked').waitFor();
  assert.equal((await fetch(token, { headers })).status, 401);

  // signed out is out, also by the back button
  await signOut(admin.page);
  await admin.page.goBack();
  await admin.page.goto('/console/access');
  assert.match(admin.page.url(), /sign-in/);
  await admin.page.getByLabel('User name').fill('adam');
  await admin.page.getByLabel('Password').fill(password);
  await admin.page.getByRole('button', { name: 'Sign in' }).click();
  await admin.page.waitForURL('**/console/access');
});
