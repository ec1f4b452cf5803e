"""The function that sends the requests of ``http`` tasks. It may reach no data of ours."""
