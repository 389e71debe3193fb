<#
.SYNOPSIS
Installs Flatiron Network Rendering for 3ds Max 2024-2027: copies the folder beside this script, nothing else.
.PARAMETER CurrentUser
For this user only; needs no administrator.
#>
param([switch]$CurrentUser)
$ErrorActionPreference = "Stop"
$name = "FlatironNetworkRendering"
$source = Join-Path $PSScriptRoot $name
if ($CurrentUser) { $base = $env:APPDATA } else { $base = $env:ProgramData }
$plugins = Join-Path $base "Autodesk\ApplicationPlugins"
$target = Join-Path $plugins $name
$fresh = Join-Path $base "Autodesk\$name.new"  # where 3ds Max does not look

if (-not (Test-Path (Join-Path $source "PackageContents.xml"))) {
    throw "$source is not there. Unpack the whole zip first."
}
if (Get-Process -Name 3dsmax -ErrorAction SilentlyContinue) {
    Write-Warning "3ds Max is running. It takes the new version when it starts next."
}
New-Item -ItemType Directory -Force -Path $plugins | Out-Null
if (Test-Path $fresh) { Remove-Item -Recurse -Force $fresh }
Copy-Item -Recurse -Path $source -Destination $fresh
Get-ChildItem -Recurse -File $fresh | Unblock-File
if (Test-Path $target) { Remove-Item -Recurse -Force $target }
Move-Item -Path $fresh -Destination $target

# Compiled once, with each 3ds Max's own Python, the panel opens seconds sooner. It works without.
foreach ($year in 2024..2027) {
    $max = [Environment]::GetEnvironmentVariable("ADSK_3DSMAX_x64_$year")
    if (-not $max) { continue }
    $python = Join-Path $max "Python\python.exe"
    if (-not (Test-Path $python)) { continue }
    & $python -I -m compileall -q (Join-Path $target "Contents") | Out-Null
    if ($LASTEXITCODE) { Write-Warning "Not everything could be compiled for 3ds Max $year." }
}
Write-Output "Installed: $target"
