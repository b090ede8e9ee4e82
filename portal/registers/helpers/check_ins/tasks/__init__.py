"""Tasks 今日任务: which visits and needs are due, late ones first."""
