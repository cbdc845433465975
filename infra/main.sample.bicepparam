// Copy this file to main.bicepparam and fill it in; docs/deploy.md says how to deploy it.
using 'main.bicep'

param name = 'slipway'

// The apps that Slipway may release.
param targets = [
  {
    resourceGroup: 'rg-shop'
    site: 'shop'
  }
]

// The workspace behind the Application Insights of those apps.
param workspace = {
  resourceGroup: 'rg-shop'
  name: 'log-shop'
}

// Object id of the principal of your pipeline: it may start releases by message. Left out: nobody is granted that.
// param ciPrincipalId = '00000000-0000-0000-0000-000000000000'

// Transitions are told by a signed POST; the secret comes from the shell that deploys.
// param webhookUrl = 'https://hooks.example.com/slipway'
// param webhookSecret = readEnvironmentVariable('SLIPWAY_WEBHOOK_SECRET')
// Slack, Teams, CloudEvents and more webhooks: docs/notifications.md. Their addresses are secrets.
// param notify = '@Microsoft.KeyVault(SecretUri=https://kv-slipway.vault.azure.net/secrets/notify)'

// People sign in with Entra, by role; docs/access.md says how to make the registration.
// param auth = 'easy-auth'
// param authClientId = '00000000-0000-0000-0000-000000000000'
