-- Flatiron Network Rendering: the one action, for menus, toolbars and shortcuts.
macroScript FlatironNetworkRendering
    category:"Flatiron"
    internalCategory:"Flatiron"
    buttonText:"Network Rendering..."
    tooltip:"Bake textures on the render farm"
(
    on execute do
    (
        try
        (
            python.Execute "import max_submitter.start\nmax_submitter.start.open_panel()" clearUndoBuffer:false
        )
        catch
        (
            messageBox ("The panel cannot be opened: " + (getCurrentException())) title:"Flatiron Network Rendering"
        )
    )
)
