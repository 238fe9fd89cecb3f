insert into labels
select
    workspace, traffic, channel, subchannel, source, campaign, ad_group, ad, keyword, version,
    case
        when source = '' and campaign = '' then 0
        else md5_number_lower(source || chr(1) || campaign)
    end
from staged_labels
