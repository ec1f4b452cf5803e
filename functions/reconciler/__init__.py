"""The reconciler: every minute, finds and repairs what was left behind."""
