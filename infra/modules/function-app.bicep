metadata description = 'The function app on Flex Consumption. Every connection is made by its identity; no setting holds a key.'

@description('Name of the function app.')
param name string

@description('Name of its plan.')
param planName string

@description('Region.')
param location string

@description('Tags of both resources.')
param tags { *: string }

@description('Resource id of the app\'s identity.')
param identityId string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Name of the storage account.')
param storageAccountName string

@description('URL of the container that holds the deployed package.')
param deploymentContainerUrl string

@description('Where the app\'s own telemetry goes.')
param applicationInsightsConnectionString string

@description('Customer id (GUID) of the workspace whose telemetry is judged.')
param workspaceId string

@description('When the clock looks for releases that are due.')
param clockSchedule string

@description('Which apps are released: registered ones alone, or any.')
param apps string

@description('Who is believed over HTTP.')
param auth string

@description('Where transitions are told by a signed POST; empty: nowhere. See docs/notifications.md.')
param webhookUrl string

@secure()
@description('Secret of the webhook: `whsec_` and the base64 of 24 to 64 random bytes; needed with webhookUrl.')
param webhookSecret string

@secure()
@description('Receivers of transitions as JSON, or a Key Vault reference to it that the identity may read: @Microsoft.KeyVault(SecretUri=…). See docs/notifications.md.')
param notify string

@description('Address under which people reach Slipway, for links in notices; empty: the host name that Azure gives.')
param publicUrl string

@description('Node version.')
param nodeVersion string

@description('Memory of an instance, in MB.')
param instanceMemoryMB int

@description('The most instances that the app may scale out to.')
param maximumInstanceCount int

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // Key Vault references are followed by the system's identity unless told; this app has none.
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      // Flex Consumption takes no FUNCTIONS_WORKER_RUNTIME and no WEBSITE_RUN_FROM_PACKAGE (azure.md 4.4).
      // Slipway's endpoint and time-scale settings are for local use and are refused in Azure.
      appSettings: concat([
        { name: 'AzureWebJobsStorage__accountName', value: storageAccountName }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identityClientId }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: applicationInsightsConnectionString }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identityClientId};Authorization=AAD'
        }
        // Tells the Azure SDK which identity to use.
        { name: 'AZURE_CLIENT_ID', value: identityClientId }
        { name: 'SLIPWAY_WORKSPACE_ID', value: workspaceId }
        { name: 'SLIPWAY_CLOCK_SCHEDULE', value: clockSchedule }
        { name: 'SLIPWAY_AUTH', value: auth }
        { name: 'SLIPWAY_APPS', value: apps }
        // Empty is not set. A choice by a secure value would hide the whole list from a preview.
        { name: 'SLIPWAY_NOTIFY', value: notify }
        { name: 'SLIPWAY_PUBLIC_URL', value: publicUrl }
      ], empty(webhookUrl) ? [] : [
        { name: 'SLIPWAY_WEBHOOK_URL', value: webhookUrl }
        { name: 'SLIPWAY_WEBHOOK_SECRET', value: webhookSecret }
      ])
    }
  }
}

// User names and passwords for publishing: off, so that deploying takes an Azure right as well.
resource basicPublishingFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource basicPublishingScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

@description('Name of the function app.')
output name string = app.name

@description('Host name of the function app.')
output hostName string = app.properties.defaultHostName
