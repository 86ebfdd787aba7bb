/**
 * A certificate for localhost that signs itself, for both ends of a connection: valid from 2020 to 2120, and of no use but in specs. Its key is no secret.
 */
export const CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbsLxA28xFUD5kN4n
XdAqGi2lSYxp2/07vZU34VMPYtehRANCAASpWolDIFjTLEN1XUTmHRxHcktSYlK/
1dlyKh6GCkzmCsq+otud9udXb+bD8FeyENHkeEfIpfYvtTEts8ENnF4H
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIBATAKBggqhkjOPQQDAjArMRIwEAYDVQQDDAlsb2NhbGhv
c3QxFTATBgNVBAoMDHJ4d2FtcCBzcGVjczAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
MDEwMTAwMDAwMFowKzESMBAGA1UEAwwJbG9jYWxob3N0MRUwEwYDVQQKDAxyeHdh
bXAgc3BlY3MwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASpWolDIFjTLEN1XUTm
HRxHcktSYlK/1dlyKh6GCkzmCsq+otud9udXb+bD8FeyENHkeEfIpfYvtTEts8EN
nF4Ho04wTDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcE
fwAAATAdBgNVHQ4EFgQUn3FPvUKtQTWQ+HUwwFzaIMhBwD0wCgYIKoZIzj0EAwID
SAAwRQIhANY+sSR1wSTJ/rTb78zE/44pPypkzuvoo91ACXdCc9udAiAek+vV/K4X
qFi4VfyB1AUdxF7jsyBcoG+i67onZ/o7dQ==
-----END CERTIFICATE-----
`,
} as const;
