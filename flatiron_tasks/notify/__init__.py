"""The ways of telling people that a job has ended. When and how often is `pipeline.notifications`' business."""
