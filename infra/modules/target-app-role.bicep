metadata description = 'The right to release the named apps of one resource group: a custom role with the actions that Slipway calls and no others.'

@description('Names of the apps in this resource group. The right covers their slots.')
param sites string[]

@description('Object id of the function app\'s identity.')
param principalId string

// A role of its own for each resource group, so that it can be assigned nowhere else and no right on
// a whole subscription is needed to make it. Role names are unique in a directory, hence the hash.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'slipway-target-app')
  properties: {
    roleName: 'Slipway on ${resourceGroup().name} (${uniqueString(resourceGroup().id)})'
    description: 'Move traffic between the slots of an App Service app, swap them, and read what is in them.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        // azure.md 6, without slotsdiffs, swap with preview, restart, start and stop, which Slipway
        // does not call, and without config/list/action, which would show the apps' secrets.
        actions: [
          'Microsoft.Web/sites/read'
          'Microsoft.Web/sites/slots/read'
          'Microsoft.Web/sites/config/read'
          'Microsoft.Web/sites/slots/config/read'
          // Ramp-up rules. Azure has no finer action than "write the site's configuration".
          'Microsoft.Web/sites/config/write'
          'Microsoft.Web/sites/slotsswap/action'
          'Microsoft.Web/sites/slots/slotsswap/action'
          'Microsoft.Web/sites/operationresults/read'
          'Microsoft.Web/sites/slots/operationresults/read'
          'Microsoft.Web/sites/operations/read'
          'Microsoft.Web/sites/slots/operations/read'
          // What is in a slot: the newest deployment.
          'Microsoft.Web/sites/deployments/read'
          'Microsoft.Web/sites/slots/deployments/read'
          // What this identity may do here: for `slipway doctor`, and for preflight, which goes on without.
          'Microsoft.Authorization/permissions/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource apps 'Microsoft.Web/sites@2024-11-01' existing = [
  for site in sites: {
    name: site
  }
]

resource slipwayOnApps 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (site, i) in sites: {
    name: guid(apps[i].id, principalId, role.id)
    scope: apps[i]
    properties: {
      roleDefinitionId: role.id
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
