"""The page of all jobs, `flatiron web`: server-rendered, live by server-sent events, no build step.

`app` puts it together, `pages` shows, `actions` does what people ask for, `live` tells browsers that something changed,
`job_folder` reads previews and logs from the share, `gate` decides who comes in. All facts come from `Desk`.
"""
