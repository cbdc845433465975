metadata description = 'App Service\'s authentication (Easy Auth) of the function app, with Entra. See docs/access.md.'

@description('Name of the function app.')
param functionAppName string

@description('Whether requests must be signed in. When false the functions host alone asks, for its keys.')
param enabled bool

@description('Client id of the app registration whose roles are used; needed when enabled.')
param clientId string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: enabled
    }
    globalValidation: {
      requireAuthentication: enabled
      unauthenticatedClientAction: 'Return401'
      // Machines come in here with a function key. Slipway believes no header of Easy Auth on these
      // addresses, whoever wrote it.
      // The files of the page are the same for everybody and hold no data: somebody who is to sign in must
      // see where. Each by its name: a pattern would let in what is only written like one of them.
      excludedPaths: ['/api/keys/*', '/api/dashboard', '/api/dashboard/app.js', '/api/dashboard/app.css']
    }
    httpSettings: {
      requireHttps: true
      // Headers in which a front end says what was asked of it are not believed either.
      forwardProxy: {
        convention: 'NoProxy'
      }
    }
    identityProviders: enabled
      ? {
          azureActiveDirectory: {
            enabled: true
            registration: {
              clientId: empty(clientId) ? fail('auth is easy-auth, so authClientId is needed') : clientId
              // One tenant: tokens of any other are refused.
              openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
            }
            validation: {
              allowedAudiences: [clientId, 'api://${clientId}']
            }
          }
        }
      : {}
    login: {
      // Slipway calls nothing in the name of those who sign in.
      tokenStore: {
        enabled: false
      }
    }
  }
}
