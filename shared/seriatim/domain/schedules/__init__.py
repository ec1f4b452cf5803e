"""When schedules fire: cron expressions as EventBridge Scheduler has them, rates, time zones."""
