metadata description = 'The right to query one Log Analytics workspace that holds the telemetry of released apps.'

@description('Name of the workspace.')
param workspaceName string

@description('Object id of the function app\'s identity.')
param principalId string

// Built-in role of azure.md 6.
var logAnalyticsReader = '73c42c96-874c-492b-b04d-ab87d138a893'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource slipwayOnWorkspace 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, principalId, logAnalyticsReader)
  scope: workspace
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', logAnalyticsReader)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

@description('The workspace\'s customer id (GUID): what queries name.')
output customerId string = workspace.properties.customerId
