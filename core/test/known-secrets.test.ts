import { isKnownSecret, isLoopbackHost } from '@sluice/core';

it.each([
  '',
  '  ',
  'admin',
  'Password',
  '12345678',
  '035c73f7-bb6b-4889-a715-d9eb2d1925cc',
  ' changeme ',
  '1234567890',
  '0123456789',
  '888888',
  'xxxxxxxxxxxx',
  'admin@123',
])('%j guards nothing', (secret) => {
  expect(isKnownSecret(secret)).toBe(true);
});

it.each(['admin2', 'a long one that nobody wrote down', '0123456789abcdef', '20240131', '12345679'])('%j is nobody else’s', (secret) => {
  expect(isKnownSecret(secret)).toBe(false);
});

it('tells loopback hosts from those that others reach', () => {
  expect(['localhost', '::1', '127.0.0.1', '127.1.2.3'].map(isLoopbackHost)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', '127.evil.example', 'example.com', undefined].map(isLoopbackHost)).not.toContain(true);
});
