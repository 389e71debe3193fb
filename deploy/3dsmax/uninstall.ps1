<#
.SYNOPSIS
Removes Flatiron Network Rendering from 3ds Max. Settings and running jobs of artists stay.
.PARAMETER CurrentUser
The installation of this user only; needs no administrator.
#>
param([switch]$CurrentUser)
$ErrorActionPreference = "Stop"
if ($CurrentUser) { $base = $env:APPDATA } else { $base = $env:ProgramData }
$target = Join-Path $base "Autodesk\ApplicationPlugins\FlatironNetworkRendering"
if (Get-Process -Name 3dsmax -ErrorAction SilentlyContinue) {
    throw "3ds Max is running. Close it first."
}
if (Test-Path $target) {
    Remove-Item -Recurse -Force $target
    Write-Output "Removed: $target"
} else {
    Write-Output "It is not installed: $target"
}
