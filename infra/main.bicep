metadata description = 'Slipway: the function app, its storage and telemetry, and every right it needs. See docs/deploy.md.'

targetScope = 'resourceGroup'

@description('An App Service app that Slipway may release.')
type targetApp = {
  @description('Subscription of the app; the deployment\'s own when left out.')
  subscriptionId: string?

  @description('Resource group of the app.')
  resourceGroup: string

  @description('Name of the app (its production slot).')
  site: string
}

@description('A Log Analytics workspace that holds the Application Insights telemetry of released apps.')
type telemetryWorkspace = {
  @description('Subscription of the workspace; the deployment\'s own when left out.')
  subscriptionId: string?

  @description('Resource group of the workspace.')
  resourceGroup: string

  @description('Name of the workspace.')
  name: string
}

@minLength(3)
@maxLength(16)
@description('Start of every resource\'s name: lower-case letters, digits and hyphens.')
param name string = 'slipway'

@description('Region of all resources. Must offer Flex Consumption.')
param location string = resourceGroup().location

@description('Tags put on every resource.')
param tags { *: string } = {}

@description('The apps that Slipway may release. It gets no right on any other app.')
param targets targetApp[]

@description('The workspace whose telemetry is judged when a release names no other.')
param workspace telemetryWorkspace

@description('More workspaces that releases may name.')
param otherWorkspaces telemetryWorkspace[] = []

@description('Object id of the principal with which CI starts releases; empty when nobody may send. It gets the right to put messages on queue `releases`, and nothing else.')
param ciPrincipalId string = ''

@allowed(['Group', 'ServicePrincipal', 'User'])
@description('What kind of principal CI is. A managed identity is a ServicePrincipal.')
param ciPrincipalType string = 'ServicePrincipal'

@allowed(['22', '24'])
@description('Node version of the app. Microsoft\'s sample lists versions up to 22 and the Functions worker supports 24 (azure.md 4.4): where the region does not offer 24 yet, choose 22. The bundle runs on both.')
param nodeVersion string = '24'

@description('When the clock looks for releases that are due: NCRONTAB with seconds.')
param clockSchedule string = '*/30 * * * * *'

@allowed(['registered', 'open'])
@description('Which apps are released: `registered` ones alone, or, in `open` mode for trials, any that the identity may change. See docs/apps.md.')
param apps string = 'registered'

@allowed(['function-keys', 'easy-auth'])
@description('Who is believed over HTTP: whoever holds a function key, or whom Entra signed in, by role. See docs/access.md.')
param auth string = 'function-keys'

@description('Client id of the app registration that people and machines sign in to; needed with easy-auth.')
param authClientId string = ''

@description('Where transitions are told by a signed POST; empty: nowhere. See docs/notifications.md.')
param webhookUrl string = ''

@secure()
@description('Secret of the webhook: `whsec_` and the base64 of 24 to 64 random bytes; needed with webhookUrl.')
param webhookSecret string = ''

@secure()
@description('Receivers of transitions as JSON, or a Key Vault reference to it that the identity may read: @Microsoft.KeyVault(SecretUri=…). See docs/notifications.md.')
param notify string = ''

@description('Address under which people reach Slipway, for links in notices; empty: the host name that Azure gives.')
param publicUrl string = ''

@allowed([512, 2048, 4096])
@description('Memory of an instance, in MB.')
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
@description('The most instances that the app may scale out to.')
param maximumInstanceCount int = 40

@allowed(['Standard_LRS', 'Standard_ZRS'])
@description('Redundancy of the storage. While it is down Slipway does nothing at all, rollback included, so prefer Standard_ZRS in regions that have zones.')
param storageSku string = 'Standard_LRS'

var token = uniqueString(resourceGroup().id, name)
var slug = toLower(name)

// Names are made here rather than read from the modules' outputs, so that a preview can show them.
// Storage accounts allow 24 lower-case letters and digits: 2 + at most 9 + 13.
var storageAccountName = 'st${take(replace(slug, '-', ''), 9)}${token}'
var componentName = 'appi-${slug}-${token}'
var functionAppName = 'func-${slug}-${token}'

// One module per resource group, since a custom role lives in the resource group whose apps it covers.
// Names are compared in lower case, as Azure does, so that one group is never deployed to twice at once.
var targetGroups = items(groupBy(
  targets,
  target => toLower('${target.?subscriptionId ?? subscription().subscriptionId}/${target.resourceGroup}')
))

// User-assigned, because then the identity and all its rights exist before the app first starts; with a
// system-assigned one the app has to exist, without rights, before anything can be granted to it. The
// rights also survive when the app is deleted and made again.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${slug}-${token}'
  location: location
  tags: tags
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageAccountName
    location: location
    tags: tags
    sku: storageSku
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    componentName: componentName
    workspaceName: 'log-${slug}-${token}'
    location: location
    tags: tags
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    storageAccountName: storageAccountName
    componentName: componentName
    principalId: identity.properties.principalId
    ciPrincipalId: ciPrincipalId
    ciPrincipalType: ciPrincipalType
  }
  dependsOn: [storage, monitoring]
}

module targetAppRoles 'modules/target-app-role.bicep' = [
  for group in targetGroups: {
    scope: resourceGroup(split(group.key, '/')[0], split(group.key, '/')[1])
    params: {
      sites: map(group.value, target => target.site)
      principalId: identity.properties.principalId
    }
  }
]

module workspaceRoles 'modules/target-workspace-role.bicep' = [
  for item in concat([workspace], otherWorkspaces): {
    scope: resourceGroup(item.?subscriptionId ?? subscription().subscriptionId, item.resourceGroup)
    params: {
      workspaceName: item.name
      principalId: identity.properties.principalId
    }
  }
]

module functionApp 'modules/function-app.bicep' = {
  params: {
    name: functionAppName
    planName: 'plan-${slug}-${token}'
    location: location
    tags: tags
    identityId: identity.id
    identityClientId: identity.properties.clientId
    storageAccountName: storageAccountName
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    workspaceId: workspaceRoles[0].outputs.customerId
    clockSchedule: clockSchedule
    auth: auth
    apps: apps
    webhookUrl: webhookUrl
    webhookSecret: webhookSecret
    notify: notify
    publicUrl: publicUrl
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
  }
  // The host reads its storage at its first start, so its rights come first.
  dependsOn: [roles]
}

module easyAuth 'modules/easy-auth.bicep' = {
  params: {
    functionAppName: functionAppName
    enabled: auth == 'easy-auth'
    clientId: authClientId
  }
  dependsOn: [functionApp]
}

@description('Name of the function app: publish the package to it.')
output functionAppName string = functionApp.outputs.name

@description('Host name of the function app; the API is https://{host}/api.')
output functionAppHostName string = functionApp.outputs.hostName

@description('Name of the storage account.')
output storageAccountName string = storageAccountName

@description('URL of queue `releases`, to which CI sends start messages.')
output releasesQueueUrl string = storage.outputs.releasesQueueUrl

@description('Resource id of Slipway\'s identity.')
output identityId string = identity.id

@description('Object id of Slipway\'s identity, for rights granted elsewhere.')
output identityPrincipalId string = identity.properties.principalId

@description('Customer id (GUID) of the workspace whose telemetry is judged.')
output workspaceId string = workspaceRoles[0].outputs.customerId
