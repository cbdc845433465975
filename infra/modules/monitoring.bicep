metadata description = 'Slipway\'s own telemetry. (The telemetry that it judges is in the workspaces of the released apps.)'

@description('Name of the Application Insights component.')
param componentName string

@description('Name of the Log Analytics workspace behind it.')
param workspaceName string

@description('Region.')
param location string

@description('Tags of both resources.')
param tags { *: string }

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // The connection string then only says where to send; sending needs the identity's role.
    DisableLocalAuth: true
  }
}

@description('Where telemetry is sent. Not a secret: local authentication is off.')
output connectionString string = component.properties.ConnectionString
