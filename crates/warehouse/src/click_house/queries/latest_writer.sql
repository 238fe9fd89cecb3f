select epoch, doing from writers order by epoch desc limit 1
